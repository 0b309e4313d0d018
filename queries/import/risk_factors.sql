-- Crime-relevant factors of countries (CSV)
--
-- Reads     a table with the columns country (ISO 3166, two letters), factor, rung (0 to 4), authority and valid_from: an index or
--           an agency's own judgement, brought onto the ladder by whoever makes the file. A row is one factor of one country
--           from one day on.
-- Traps     An index on another scale (1 to 10, say) must be brought onto rungs first, and the file's maker answers for how.
-- Grade     B3
-- Source    reference/assessment.md 3.2, L4; its shape follows the CRF of EU SOCTA
--
-- @file *.csv
-- @counts assess.factors

CREATE VIEW factors AS
SELECT
    *,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN NOT coalesce(regexp_like(country, '^[A-Z]{2}$'), false)
            THEN 'country is not two capital letters: ' || coalesce(country, '(empty)')
        WHEN coalesce(trim(factor), '') = '' OR coalesce(trim(authority), '') = '' THEN 'factor or authority is empty'
        WHEN NOT coalesce(regexp_like(rung, '^[0-4]$'), false) THEN 'rung is not 0 to 4: ' || coalesce(rung, '(empty)')
        WHEN parse_date(valid_from, '%Y-%m-%d') IS NULL
            THEN 'valid_from is not YYYY-MM-DD: ' || coalesce(valid_from, '(empty)')
    END AS refused
FROM read_csv($path, 'country,factor,rung,authority,valid_from');

INSERT INTO assess.factors
SELECT
    country,
    trim(factor) AS factor,
    CAST(rung AS BIGINT) AS rung,
    parse_date(valid_from, '%Y-%m-%d') AS valid_from,
    trim(authority) AS authority
FROM factors
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM factors
WHERE refused IS NOT NULL;
