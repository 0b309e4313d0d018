-- Facts on accounts, a column each kind
--
-- Holds     each row of flow.facts with its value in the column of its kind and NULL in the others, so that a query can
--           say which kinds it cannot do without. `opened` and `credential_change` are times; of a `sector` the letter
--           of its NACE section is left out.
-- Name      flow.fact_kinds

SELECT
    account,
    CASE WHEN kind = 'opened' THEN time END AS opened,
    CASE WHEN kind = 'credential_change' THEN time END AS credential_change,
    CASE WHEN kind = 'device' THEN value END AS device,
    CASE WHEN kind = 'sector' THEN regexp_replace(value, '^[A-Za-z]', '') END AS sector,
    CASE WHEN kind = 'address' THEN value END AS address,
    CASE WHEN kind = 'phone' THEN value END AS phone,
    CASE WHEN kind = 'ip' THEN value END AS ip,
    CASE WHEN kind = 'director' THEN value END AS director,
    CASE WHEN kind = 'employer' THEN value END AS employer,
    time
FROM flow.facts
