//! One exchange with a TAXII server, and what a failure of it means.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::send::SendFault;

/// The media type of TAXII 2.1.
const TAXII: &str = "application/taxii+json;version=2.1";
/// More than any answer needs; a server that sends more is not believed.
const LONGEST_ANSWER: usize = 64 << 20;

/// A name and a password.
#[derive(Clone)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The password, which is never printed.
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may succeed when it is made again, perhaps after the time the server names.
    Passing { what: String, after: Option<Duration> },
    /// The server does not let us.
    Denied { what: String },
    /// Nothing is at the address.
    Missing { what: String },
    /// The server does not take what was sent.
    Unfit { what: String },
    /// What answers is no TAXII 2.1 server, or not the part of it that was meant.
    Foreign { what: String },
}

impl Failure {
    pub(super) fn what(&self) -> &str {
        match self {
            Self::Passing { what, .. }
            | Self::Denied { what }
            | Self::Missing { what }
            | Self::Unfit { what }
            | Self::Foreign { what } => what,
        }
    }

    /// The same, for the person who sent.
    pub(super) fn fault(&self) -> SendFault {
        let what = self.what().to_owned();
        match self {
            Self::Passing { .. } => SendFault::Unreachable(what),
            Self::Denied { .. } => SendFault::Denied(what),
            Self::Missing { .. } | Self::Foreign { .. } => SendFault::WrongServer(what),
            Self::Unfit { .. } => SendFault::Refused(what),
        }
    }
}

/// A client with connections that are kept open between requests.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    account: Option<Account>,
    timeout: Duration,
}

impl Http {
    pub(super) fn new(account: Option<Account>, timeout: Duration) -> Result<Self, String> {
        let client = Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("headwater/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| format!("no HTTP client: {}", causes(&error)))?;
        Ok(Self { client, account, timeout })
    }

    pub(super) async fn get(&self, url: &str) -> Result<Value, Failure> {
        self.ask(url, self.client.get(url)).await
    }

    pub(super) async fn post(&self, url: &str, body: &str) -> Result<Value, Failure> {
        self.ask(url, self.client.post(url).header(CONTENT_TYPE, TAXII).body(body.to_owned())).await
    }

    async fn ask(&self, url: &str, request: RequestBuilder) -> Result<Value, Failure> {
        let request = request.header(ACCEPT, TAXII);
        let request = match &self.account {
            Some(account) => request.basic_auth(&account.name, Some(&account.password)),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.unreachable(url, &error))?;
        let (status, media) = (response.status(), media_type(&response));
        let after = retry_after(&response);
        let is_taxii = media.starts_with("application/taxii+json");
        let body = read(response).await;
        let said = || body.as_deref().ok().map(|body| said(body, is_taxii)).unwrap_or_default();
        match status {
            StatusCode::UNAUTHORIZED => Err(self.denied(url)),
            StatusCode::FORBIDDEN => {
                let what = format!("{url} forbids it (403){}: this account may not do this here", said());
                Err(Failure::Denied { what })
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                let what = format!("there is nothing at {url} ({}){}", status.as_u16(), said());
                Err(Failure::Missing { what })
            }
            StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let what = format!(
                    "{url} does not speak TAXII 2.1 ({}){}; TAXII 2.0 and 1.x are not spoken here",
                    status.as_u16(),
                    said()
                );
                Err(Failure::Foreign { what })
            }
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(Failure::Unfit { what: format!("the server refuses it ({}){}", status.as_u16(), said()) })
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Passing { what: format!("{url} is busy ({})", status.as_u16()), after })
            }
            status if status.is_server_error() => Err(Failure::Passing {
                what: format!("{url} has an error of its own ({}){}", status.as_u16(), said()),
                after,
            }),
            status if status.is_redirection() => {
                let what = format!(
                    "{url} redirects elsewhere ({}), which is not followed; give the address it leads to",
                    status.as_u16()
                );
                Err(Failure::Foreign { what })
            }
            status if status.is_success() && !is_taxii => {
                let media = if media.is_empty() { "no media type".to_owned() } else { media };
                let what = format!(
                    "{url} answers with {media} and not with application/taxii+json: this is no TAXII 2.1 server, or a \
                     login page stands before it"
                );
                Err(Failure::Foreign { what })
            }
            status if status.is_success() => {
                let body = body.map_err(|what| Failure::Passing { what: format!("{url}: {what}"), after: None })?;
                serde_json::from_slice(&body).map_err(|error| {
                    // The media type was right: it is broken or cut, and may be whole the next time.
                    Failure::Passing { what: format!("{url} answers with broken JSON ({error})"), after: None }
                })
            }
            status => {
                Err(Failure::Foreign { what: format!("{url} answers {}, which TAXII does not know", status.as_u16()) })
            }
        }
    }

    fn denied(&self, url: &str) -> Failure {
        let remedy = match &self.account {
            None => "give a name and a password with --user, or in HEADWATER_TAXII_USER".to_owned(),
            Some(account) => format!("it knows no user '{}' with this password", account.name),
        };
        Failure::Denied { what: format!("{url} does not accept the credentials (401): {remedy}") }
    }

    fn unreachable(&self, url: &str, error: &reqwest::Error) -> Failure {
        if error.is_builder() {
            let what =
                format!("`{url}` is no address ({}); write http://HOST:PORT/API-ROOT/collections/ID/", causes(error));
            return Failure::Foreign { what };
        }
        let what = if error.is_timeout() {
            format!("{url} did not answer within {} s", self.timeout.as_secs_f32())
        } else if error.is_connect() {
            format!("{url} cannot be reached ({}); is the server running, and is this its address?", causes(error))
        } else {
            format!("the connection to {url} broke ({})", causes(error))
        };
        Failure::Passing { what, after: None }
    }
}

/// The innermost reason: the layers above it say that something went wrong.
fn causes(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn media_type(response: &Response) -> String {
    let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Seconds; the form with a date is rare, and the usual pause does for it.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(format!("the answer is longer than {} MiB", LONGEST_ANSWER >> 20)),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the answer broke off ({})", causes(&error))),
        }
    }
}

/// What an error resource says, for the end of a sentence.
fn said(body: &[u8], is_taxii: bool) -> String {
    if !is_taxii {
        return String::new();
    }
    let error: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let words: Vec<&str> = ["title", "description"].into_iter().filter_map(text).collect();
    if words.is_empty() {
        return String::new();
    }
    let words: String = words.join(": ").chars().filter(|letter| !letter.is_control()).take(300).collect();
    format!(", saying: {words}")
}
