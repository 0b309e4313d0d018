-- Flagged flows of networks, by account
--
-- Holds     each flagged flow of a network (assess.network_flows) once for each of its two accounts, and once where they are one:
--           what is known of accounts is joined to it by equality, and costs what there is and not its square.
-- Name      assess.network_sides

SELECT
    network,
    transfer_id,
    time,
    src,
    dst,
    value_eur,
    side,
    unnest(array_distinct(make_array(src, dst))) AS account
FROM assess.network_flows
