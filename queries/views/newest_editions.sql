-- The newest edition of each list
--
-- Holds     how many entries a list had when it was last imported, by dataset and file name.
-- Name      intel.newest_editions

SELECT editions.dataset, editions.list, editions.edition, editions.entries
FROM (SELECT dataset, list, max(edition) AS edition FROM intel.editions GROUP BY dataset, list) AS newest
INNER JOIN intel.editions AS editions
    ON editions.dataset = newest.dataset AND editions.list = newest.list AND editions.edition = newest.edition
