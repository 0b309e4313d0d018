-- Signs of a crime area
--
-- Holds     what counts as evidence that a network works in an area: a topic that a list gives to a member, a typology
--           whose findings have a victim or an offence of that area behind them, an abuse that a tag names. Typologies of
--           laundering alone say nothing of where the money was made and are not in here.
-- Name      assess.area_signs

SELECT kind, sign, area
FROM (
    VALUES
        ('topic', 'crime.cyber', 'cyber'),
        ('topic', 'crime.env', 'environment'),
        ('topic', 'crime.fraud', 'fraud'),
        ('topic', 'crime.terror', 'tf'),
        ('topic', 'crime.theft', 'theft'),
        ('topic', 'crime.traffick.drug', 'drugs'),
        ('topic', 'crime.traffick.human', 'thb'),
        ('topic', 'crime.traffick.weapon', 'firearms'),
        ('topic', 'sanction', 'sanctions'),
        ('topic', 'sanction.linked', 'sanctions'),
        ('typology', 'account_takeover_drain', 'fraud'),
        ('typology', 'corruption_path', 'corruption'),
        ('typology', 'investment_scam_outflow', 'fraud'),
        ('typology', 'ponzi_flow', 'fraud'),
        ('typology', 'post_listing_evasion', 'sanctions'),
        ('typology', 'ransom_payment_split', 'cyber'),
        ('typology', 'rug_pull_exit', 'fraud'),
        ('typology', 'tf_micro_donation', 'tf'),
        ('typology', 'wash_trading', 'fraud'),
        ('abuse', 'child_sexual_abuse', 'cse'),
        ('abuse', 'csam', 'cse'),
        ('abuse', 'darknet_market', 'drugs'),
        ('abuse', 'extortion', 'cyber'),
        ('abuse', 'hack', 'cyber'),
        ('abuse', 'hacker', 'cyber'),
        ('abuse', 'investment_fraud', 'fraud'),
        ('abuse', 'phishing', 'fraud'),
        ('abuse', 'ponzi_scheme', 'fraud'),
        ('abuse', 'ransomware', 'cyber'),
        ('abuse', 'scam', 'fraud'),
        ('abuse', 'sextortion', 'fraud'),
        ('abuse', 'terrorism', 'tf')
) AS signs (kind, sign, area)
