//! A node's URL, taken apart: what requests go to, and the credentials in it, which nobody else gets to see.

use url::Url;

/// A URL without credentials, and the credentials.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Scheme, host, port and path, without a slash at the end.
    pub(super) base: String,
    pub(super) user: Option<(String, String)>,
}

impl Address {
    /// Takes a URL apart, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let example = "write http://127.0.0.1:8332, with the node's own RPC port";
        let mut url = Url::parse(text).map_err(|error| format!("not a URL ({error}); {example}"))?;
        match url.scheme() {
            "http" if url.port().is_none() => {
                // Port 80 is never meant, and a password sent there would be somebody else's.
                let ports = "8332 on main, 18332 on testnet3, 48332 on testnet4, 38332 on signet, 18443 on regtest";
                return Err(format!("the URL names no port; a node listens on {ports}"));
            }
            "http" => {}
            // Bitcoin Core speaks no TLS: whoever has a node elsewhere reaches it through a tunnel of his own.
            "https" => return Err(format!("a node speaks http, and https needs a tunnel in front of it; {example}")),
            other => return Err(format!("'{other}' is not http; {example}")),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(format!("the URL names no host; {example}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("a node's URL ends with its path; {example}"));
        }
        let user = match (url.username(), url.password()) {
            ("", None) => None,
            (name, password) => Some((decoded(name), decoded(password.unwrap_or_default()))),
        };
        // These fail only for URLs without a host, which were sent away above.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), user })
    }

    /// A URL for messages, whatever is wrong with it: what stands before the last `@` of its host is left out.
    pub(super) fn shown(text: &str) -> String {
        let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
        let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
    }
}

/// Takes percent signs off. What is no valid escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%').and_then(|digits| hex::decode(digits).ok());
        match escaped.as_deref() {
            Some(&[byte]) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::Address;

    #[test]
    fn credentials_are_taken_out_of_the_url() {
        let address = Address::parse("http://alice:p%40ss%3a%zz@127.0.0.1:18443/").unwrap();
        assert_eq!(address.base, "http://127.0.0.1:18443");
        assert_eq!(address.user, Some(("alice".to_owned(), "p@ss:%zz".to_owned())));
        let address = Address::parse("http://node.example:8332/wallet/").unwrap();
        assert_eq!((address.base.as_str(), address.user), ("http://node.example:8332/wallet", None));
    }

    #[test]
    fn what_is_no_url_of_a_node_is_refused_and_no_password_shown() {
        for (text, expected) in [
            ("127.0.0.1:8332", "not a URL"),
            ("localhost", "not a URL"),
            ("http://127.0.0.1", "names no port; a node listens on 8332"),
            ("ftp://127.0.0.1:21", "'ftp' is not http"),
            ("http://127.0.0.1:8332/?a=b", "ends with its path"),
            ("https://node.example", "needs a tunnel"),
        ] {
            let what = Address::parse(text).unwrap_err();
            assert!(what.contains(expected), "{text}: {what}");
        }
        assert_eq!(Address::shown("http://a:secret@h"), "http://h");
        assert_eq!(Address::shown("a:sec@ret@h:1"), "h:1");
    }
}
