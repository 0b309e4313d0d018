//! Entities inside entities, taken out of each other.

use serde_json::Value;

use super::{Entity, complete};

/// Under which property of an entity others name it, and by which property of theirs. Where the two sides of a
/// relationship mean the same (`Family`, `Associate`) the property tells them apart.
const REVERSES: &[(&str, &str)] = &[
    ("ownershipOwner", "owner"),
    ("ownershipAsset", "asset"),
    ("directorshipDirector", "director"),
    ("directorshipOrganization", "organization"),
    ("membershipMember", "member"),
    ("membershipOrganization", "organization"),
    ("employers", "employee"),
    ("employees", "employer"),
    ("familyPerson", "person"),
    ("familyRelative", "relative"),
    ("associates", "person"),
    ("associations", "associate"),
    ("unknownLinkFrom", "subject"),
    ("unknownLinkTo", "object"),
    ("paymentPayer", "payer"),
    ("paymentBeneficiary", "beneficiary"),
    ("sanctions", "entity"),
    ("cryptoWallets", "holder"),
    ("bankAccounts", "holder"),
];

/// An entity and all that is nested in it, each with ids where others stood; the outermost comes first, and what is
/// broken says how. The work and the room are in proportion to the line.
pub(super) fn unfold(entity: Entity) -> Vec<Result<Entity, String>> {
    let mut found = Vec::new();
    let mut waiting = vec![Ok(entity)];
    while let Some(next) = waiting.pop() {
        let next = match next {
            Ok(mut entity) => {
                let inner = take(&mut entity);
                waiting.extend(inner.into_iter().rev());
                Ok(entity)
            }
            broken => broken,
        };
        found.push(next);
    }
    found
}

/// Takes out the entities an entity holds, and leaves their ids.
fn take(entity: &mut Entity) -> Vec<Result<Entity, String>> {
    let mut inner = Vec::new();
    let holder = entity.id.clone().unwrap_or_default();
    for (property, values) in &mut entity.properties {
        let values = match values {
            Value::Array(values) => values.as_mut_slice(),
            value => std::slice::from_mut(value),
        };
        for value in values {
            let Value::Object(fields) = value else { continue };
            let id = fields.get("id").filter(|id| id.is_string()).cloned().unwrap_or(Value::Null);
            if !fields.contains_key("properties") {
                *value = id;
                continue;
            }
            let nested = serde_json::from_value::<Entity>(std::mem::replace(value, id));
            let nested = nested.map_err(|error| format!("in {property}: not a FollowTheMoney entity: {error}"));
            inner.push(nested.and_then(complete).map(|nested| sided(nested, property, &holder)));
        }
    }
    inner
}

/// Fills in the near side of a relationship that stands in the entity it starts from.
fn sided(mut nested: Entity, property: &str, holder: &str) -> Entity {
    if let Some((_, side)) = REVERSES.iter().find(|(reverse, _)| *reverse == property)
        && !nested.properties.contains_key(*side)
    {
        nested.properties.insert((*side).to_owned(), Value::Array(vec![Value::String(holder.to_owned())]));
    }
    nested
}
