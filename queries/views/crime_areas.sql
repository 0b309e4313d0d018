-- Areas of serious and organised crime
--
-- Holds     the areas that networks are seen in, and the rungs that harm to institutions, to body and health, and to the
--           environment has by default where a network works in one. The areas are those of EU SOCTA 2025 and of the
--           typologies; the defaults are ours: replace this file to set others.
-- Name      assess.areas

SELECT area, title, institutions, health, environment
FROM (
    VALUES
        ('corruption', 'Corruption', 4, 1, 1),
        ('cse', 'Online child sexual exploitation', 2, 4, 0),
        ('cyber', 'Cyber-attacks', 3, 2, 0),
        ('drugs', 'Drugs', 3, 4, 2),
        ('environment', 'Waste and environmental crime', 2, 3, 4),
        ('firearms', 'Firearms', 3, 4, 0),
        ('fraud', 'Fraud', 2, 1, 0),
        ('migrants', 'Migrant smuggling', 3, 3, 0),
        ('sanctions', 'Evasion of sanctions', 3, 1, 0),
        ('tax', 'Tax and excise crime', 3, 1, 0),
        ('theft', 'Organised property crime', 2, 2, 0),
        ('thb', 'Trafficking in human beings', 3, 4, 0),
        ('tf', 'Financing of terrorism', 4, 4, 0)
) AS areas (area, title, institutions, health, environment)
