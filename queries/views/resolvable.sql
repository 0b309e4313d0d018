-- Entities that can be one with another
--
-- Holds     people, companies and organisations, vessels and aircraft of the lists, with the kind of each: person, company, vessel or
--           airplane, and nothing where the list does not say whether it is a person. Addresses, documents and what else lists hold are none.
-- Name      intel.resolvable

SELECT
    dataset,
    entity_id,
    caption,
    CASE
        WHEN schema = 'Person' THEN 'person'
        WHEN schema IN ('Company', 'Organization', 'PublicBody') THEN 'company'
        WHEN schema = 'Vessel' THEN 'vessel'
        WHEN schema = 'Airplane' THEN 'airplane'
    END AS kind
FROM intel.entities
WHERE schema IN ('Person', 'Company', 'Organization', 'PublicBody', 'LegalEntity', 'Vessel', 'Airplane')
