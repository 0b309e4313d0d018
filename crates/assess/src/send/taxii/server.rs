//! Finding the collection that an address means, and asking what it holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::http::{Failure, Http};
use crate::send::outbox::Waiting;

/// Ids in one question to the manifest: the question is an address, and addresses have limits.
const QUESTION: usize = 20;
/// Records asked for at a time. Said each time, because medallion 3.0 forgets its own limit on the second page.
const PAGE: usize = 100;
/// Pages of one answer that are read; more than any answer of [`QUESTION`] ids has.
const PAGES: usize = 1000;

/// A collection that may be written.
#[derive(Debug, Clone)]
pub(super) struct Collection {
    /// With the slash at its end.
    pub(super) url: String,
    /// With the slash at its end.
    pub(super) api_root: String,
    /// Bytes that one request may have.
    pub(super) max_content_length: usize,
}

/// Follows an address to a collection: it may be one, or an API root, or the discovery of a server.
pub(super) async fn find(http: &Http, url: &str, wanted: Option<&str>) -> Result<Collection, Failure> {
    let url = format!("{}/", url.trim_end_matches('/'));
    if let Some((root, id)) = url.rsplit_once("/collections/").filter(|(_, id)| !id.trim_matches('/').is_empty()) {
        // What comes after the id (…/objects/) belongs to the protocol and not to the address.
        let id = id.split('/').next().unwrap_or_default();
        let api_root = format!("{root}/");
        let collection = http.get(&format!("{api_root}collections/{id}/")).await?;
        return open(http, &api_root, &collection).await;
    }
    let resource = http.get(&url).await?;
    let api_root = match api_roots(&resource, &url) {
        Some(roots) => choose_root(&resource, &roots, &url)?,
        None if resource.get("versions").is_some() => url.clone(),
        None => {
            let what = format!("{url} is neither a collection nor an API root nor the discovery of a TAXII server");
            return Err(Failure::Foreign { what });
        }
    };
    let collections = http.get(&format!("{api_root}collections/")).await?;
    let listed: Vec<&Value> = collections.get("collections").and_then(Value::as_array).into_iter().flatten().collect();
    let chosen = choose_collection(&listed, wanted, &api_root)?;
    open(http, &api_root, chosen).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn api_roots(resource: &Value, url: &str) -> Option<Vec<String>> {
    let roots = resource.get("api_roots")?.as_array()?;
    Some(roots.iter().filter_map(Value::as_str).map(|root| absolute(root, url)).collect())
}

/// An API root may be a path on the server that names it.
fn absolute(root: &str, url: &str) -> String {
    let root = format!("{}/", root.trim_end_matches('/'));
    if root.contains("://") {
        return root;
    }
    let server = url.find("://").and_then(|scheme| {
        let end = url.get(scheme + 3..)?.find('/')?;
        url.get(..scheme + 3 + end)
    });
    format!("{}/{}", server.unwrap_or_default(), root.trim_start_matches('/'))
}

fn choose_root(resource: &Value, roots: &[String], url: &str) -> Result<String, Failure> {
    let default = text(resource, "default");
    match roots {
        _ if !default.is_empty() => Ok(absolute(default, url)),
        [only] => Ok(only.clone()),
        [] => Err(Failure::Foreign { what: format!("the server at {url} offers no API root to this account") }),
        several => {
            let what =
                format!("the server at {url} has several API roots; give the address of one: {}", several.join(", "));
            Err(Failure::Foreign { what })
        }
    }
}

fn choose_collection<'a>(listed: &[&'a Value], wanted: Option<&str>, api_root: &str) -> Result<&'a Value, Failure> {
    let may_write = |collection: &&&Value| collection.get("can_write").and_then(Value::as_bool) == Some(true);
    let names = |collections: &[&Value]| {
        let name = |collection: &&Value| format!("{} ({})", text(collection, "id"), text(collection, "title"));
        collections.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    if let Some(wanted) = wanted {
        let fits = |collection: &&&Value| ["id", "alias", "title"].iter().any(|name| text(collection, name) == wanted);
        return listed.iter().find(fits).copied().ok_or_else(|| Failure::Foreign {
            what: format!("{api_root} has no collection `{wanted}`; it has: {}", names(listed)),
        });
    }
    let writable: Vec<&Value> = listed.iter().filter(may_write).copied().collect();
    match writable.as_slice() {
        [only] => Ok(*only),
        [] => Err(Failure::Denied {
            what: format!("{api_root} has no collection that this account may write to; it has: {}", names(listed)),
        }),
        several => Err(Failure::Foreign {
            what: format!("{api_root} has several collections; choose with --collection: {}", names(several)),
        }),
    }
}

async fn open(http: &Http, api_root: &str, collection: &Value) -> Result<Collection, Failure> {
    let id = text(collection, "id");
    if id.is_empty() {
        return Err(Failure::Foreign { what: format!("what is at {api_root} is no collection of a TAXII server") });
    }
    if collection.get("can_write").and_then(Value::as_bool) != Some(true) {
        return Err(Failure::Denied {
            what: format!("this account may not write to the collection {id} ({})", text(collection, "title")),
        });
    }
    // The root says what it takes. One that does not answer here may still take objects.
    let root = match http.get(api_root).await {
        Ok(root) => root,
        Err(failure @ Failure::Passing { .. }) => return Err(failure),
        Err(_) => Value::Null,
    };
    let limit = root.get("max_content_length").and_then(Value::as_u64).filter(|limit| *limit > 0);
    Ok(Collection {
        url: format!("{api_root}collections/{id}/"),
        api_root: api_root.to_owned(),
        max_content_length: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10 << 20),
    })
}

/// Which versions of some objects a collection holds, by id.
pub(super) async fn versions(
    http: &Http,
    collection: &Collection,
    wanted: &[&Waiting],
) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for some in wanted.chunks(QUESTION) {
        let ids: Vec<&str> = some.iter().map(|message| message.item.as_str()).collect();
        let question =
            format!("{}manifest/?match[id]={}&match[version]=all&limit={PAGE}", collection.url, ids.join(","));
        let mut next = String::new();
        for _ in 0..PAGES {
            let page = http.get(&format!("{question}{next}")).await?;
            for record in page.get("objects").and_then(Value::as_array).into_iter().flatten() {
                found.entry(text(record, "id").to_owned()).or_default().insert(text(record, "version").to_owned());
            }
            let token = text(&page, "next");
            if page.get("more").and_then(Value::as_bool) != Some(true) || token.is_empty() {
                break;
            }
            next = format!("&next={token}");
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_api_root_may_be_a_path() {
        assert_eq!(absolute("/api1/", "http://host:5000/taxii2/"), "http://host:5000/api1/");
        assert_eq!(absolute("https://other/x", "http://host:5000/taxii2/"), "https://other/x/");
    }

    #[test]
    fn a_collection_is_chosen_by_name_or_is_the_only_one() {
        let one = json!({"id": "1", "title": "In", "can_write": true});
        let two = json!({"id": "2", "title": "Out", "can_write": false, "alias": "out"});
        let three = json!({"id": "3", "title": "Also", "can_write": true});
        let id = |chosen: Result<&Value, Failure>| chosen.map(|value| text(value, "id").to_owned());
        assert_eq!(id(choose_collection(&[&one, &two], None, "r")), Ok("1".to_owned()));
        assert_eq!(id(choose_collection(&[&one, &two], Some("out"), "r")), Ok("2".to_owned()));
        let refused = choose_collection(&[&one, &two, &three], None, "r").map_err(|failure| failure.what().to_owned());
        assert_eq!(refused, Err("r has several collections; choose with --collection: 1 (In), 3 (Also)".to_owned()));
        assert!(matches!(choose_collection(&[&two], None, "r"), Err(Failure::Denied { .. })));
        assert!(matches!(choose_collection(&[&one], Some("x"), "r"), Err(Failure::Foreign { .. })));
    }
}
