-- Facts on bank accounts (Headwater's own CSV)
--
-- Reads     what a bank knows of its accounts beyond their payments, in Headwater's plain layout: one statement a row,
--           `account,kind,value,time`, UTF-8. A kind is one of: opened, sector, address, phone, device, ip, director,
--           employer, credential_change. Times are in UTC as 2024-03-05T14:03:22Z, or days as 2024-03-05.
-- Traps     An account is spelled as in the book of payments. `opened` and `credential_change` are about a time and
--           need one; their value may be empty and is then that time. A sector is a NACE code, with or without the
--           letter of its section. An account may have several devices, directors and so on, a row each; the same
--           statement twice is one. A kind that no typology knows is refused, because a slip of the pen would otherwise
--           pass for missing data.
-- Grade     B2
--
-- @file *.csv
-- @counts flow.facts

CREATE VIEW rows AS
WITH parsed AS (
    SELECT
        *,
        coalesce(parse_time(time, '%Y-%m-%dT%H:%M:%SZ'), CAST(parse_date(time, '%Y-%m-%d') AS TIMESTAMP)) AS moment
    FROM read_csv($path, 'account,kind,value,time')
)
SELECT
    *,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN account IS NULL THEN 'account is empty'
        WHEN kind IS NULL THEN 'kind is empty'
        WHEN kind NOT IN (
            'opened', 'sector', 'address', 'phone', 'device', 'ip', 'director', 'employer', 'credential_change'
        )
            THEN 'kind is none of opened, sector, address, phone, device, ip, director, employer, credential_change: ' || kind
        WHEN time IS NOT NULL AND moment IS NULL THEN 'time is not a time like 2024-03-05T14:03:22Z or a day: ' || time
        WHEN kind IN ('opened', 'credential_change') AND moment IS NULL THEN 'time is empty, and ' || kind || ' needs one'
        WHEN kind NOT IN ('opened', 'credential_change') AND value IS NULL THEN 'value is empty'
        WHEN kind = 'sector' AND NOT regexp_like(value, '^[A-Ua-u]?[0-9]{2}([.][0-9]{1,2})?$')
            THEN 'value is not a NACE code such as 56.10: ' || value
    END AS refused
FROM parsed;

INSERT INTO flow.facts
SELECT account('bank', account) AS account, kind, coalesce(value, time) AS value, moment AS time
FROM rows
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;
