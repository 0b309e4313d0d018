-- Operational actions
--
-- Shows     who does what for each recommendation, by when (days after the cut-off), and the measure by which one tells that it
--           is done. The owner is a role; the terms of reference may name another by the kind.
-- Careful   an action that touches a subject needs an authority that no program gives.
-- Source    reference/assessment.md 1 (owner, due date, measure)

WITH steps AS (
    SELECT kind, step, action, owner, days, measure
    FROM (
        VALUES
            ('target', 1, 'Check every member against the cases of partner agencies.', 'Deconfliction desk', 14,
                'A recorded answer of every agency asked.'),
            ('target', 2, 'Decide on opening the case, with name, date and reason.', 'Head of investigations', 30,
                'A recorded decision.'),
            ('restrain', 1, 'Ask the banks and services for the balance on the day.', 'Financial intelligence unit', 7,
                'Balances confirmed, in percent of the accounts.'),
            ('restrain', 2, 'Apply for restraint of what is confirmed.', 'Asset recovery office', 30,
                'Euro restrained, of the euro that remain.'),
            ('collect', 1, 'Task the requirements of this network in the collection plan.', 'Analytical unit', 60,
                'Coverage of the network at the next edition.'),
            ('enabler', 1, 'Have the account reviewed by the bank that keeps it.', 'Supervisor', 45,
                'Outcome of the review on record.'),
            ('corridor', 1, 'Send the corridor''s figures to the counterpart unit and ask for its own.', 'Financial intelligence unit', 45,
                'Answer received; figures compared.')
    ) AS steps (kind, step, action, owner, days, measure)
)
SELECT
    'A-' || substr(encode(sha256(recommended.recommendation_id || '|' || CAST(steps.step AS VARCHAR)), 'hex'), 1, 12) AS action_id,
    recommended.recommendation_id,
    steps.kind,
    steps.action,
    steps.owner,
    to_char(
        date_trunc('day', CAST($to AS TIMESTAMP)) + CAST(CAST(steps.days AS VARCHAR) || ' days' AS INTERVAL), '%Y-%m-%d'
    ) AS due,
    steps.measure
FROM product_recommendations AS recommended
INNER JOIN steps ON steps.kind = recommended.kind
ORDER BY recommended.recommendation_id, steps.step
