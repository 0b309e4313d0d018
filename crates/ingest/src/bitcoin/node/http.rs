//! One exchange with a node over HTTP, and what a failure of it means.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::Agent;

use super::{Auth, NodeFault};

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) fault: NodeFault,
    pub(super) what: String,
    /// Whether it may succeed when it is made again.
    pub(super) passes: bool,
    /// The number of an RPC error.
    pub(super) code: Option<i64>,
}

impl Failure {
    /// The node says no, and will say so again.
    pub(super) fn refused(what: String) -> Self {
        Self { fault: NodeFault::Refused, what, passes: false, code: None }
    }

    /// An answer that is not one: perhaps a proxy's, perhaps cut.
    pub(super) fn garbage(what: String) -> Self {
        Self { fault: NodeFault::Garbage, what, passes: true, code: None }
    }

    pub(super) fn busy(what: String) -> Self {
        Self { fault: NodeFault::Busy, what, passes: true, code: None }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// A node's address, with connections that are kept open between requests.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    base: String,
    auth: Auth,
    timeout: Duration,
    /// Whether the node ever answered: a cookie that is gone then means that the node restarts.
    answered: AtomicBool,
}

impl Http {
    pub(super) fn new(base: String, auth: Auth, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(timeout))
            .timeout_send_request(Some(timeout))
            .timeout_send_body(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_recv_body(Some(timeout))
            .build();
        Self { agent: Agent::new_with_config(config), base, auth, timeout, answered: AtomicBool::new(false) }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn get(&self, path: &str, most: u64) -> Result<Answer, Failure> {
        let authorization = self.authorization()?;
        let request = self.agent.get(format!("{}{path}", self.base));
        let request = match &authorization {
            Some(text) => request.header("Authorization", text),
            None => request,
        };
        self.finish(request.call(), authorization.as_deref(), most)
    }

    pub(super) fn post(&self, body: &[u8], most: u64) -> Result<Answer, Failure> {
        let authorization = self.authorization()?;
        let request = self.agent.post(&self.base).header("Content-Type", "application/json");
        let request = match &authorization {
            Some(text) => request.header("Authorization", text),
            None => request,
        };
        self.finish(request.send(body), authorization.as_deref(), most)
    }

    fn finish(
        &self,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
        authorization: Option<&str>,
        most: u64,
    ) -> Result<Answer, Failure> {
        let mut response = response.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        // The body is read in any case, so that the connection can be used again.
        let body = response.body_mut().with_config().limit(most).read_to_vec();
        match status {
            401 => return Err(self.denied(authorization)),
            403 => {
                let what = "the node forbids it (403): let this machine in with -rpcallowip, or this user with \
                            -rpcwhitelist";
                let what = what.to_owned();
                return Err(Failure { fault: NodeFault::Forbidden, what, passes: false, code: None });
            }
            503 => return Err(Failure::busy("the node is overrun or not ready (503)".to_owned())),
            // Only a proxy says these, when it cannot reach the node.
            502 | 504 => return Err(Failure::busy(format!("the node cannot be reached behind its proxy ({status})"))),
            300..=399 => {
                let what =
                    format!("the address redirects elsewhere ({status}), which is not followed; give the node's own");
                return Err(Failure { fault: NodeFault::Address, what, passes: false, code: None });
            }
            _ => {}
        }
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                Failure::garbage(format!("the answer is longer than {most} bytes, more than it can be"))
            }
            error => self.unreachable(&error),
        })?;
        self.answered.store(true, Ordering::Relaxed);
        Ok(Answer { status, body })
    }

    /// No answer, or part of one.
    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let seconds = self.timeout.as_secs_f32();
        let what = match error {
            ureq::Error::Timeout(_) => format!("no answer within {seconds} s ({error})"),
            ureq::Error::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                format!(
                    "nobody listens there ({source}); is the node running, with server=1, and is this its RPC port?"
                )
            }
            ureq::Error::Io(source) => format!("the connection broke ({source})"),
            error => format!("no answer ({error})"),
        };
        Failure { fault: NodeFault::Unreachable, what, passes: true, code: None }
    }

    fn denied(&self, sent: Option<&str>) -> Failure {
        // A node that restarted has written another cookie since.
        let changed = matches!(&self.auth, Auth::Cookie(path) if cookie(path).ok().as_deref() != sent);
        let remedy = match &self.auth {
            Auth::None => "give the node's cookie file, or a name and a password".to_owned(),
            Auth::Cookie(path) => format!("{} is the cookie of another node, or of an earlier start", path.display()),
            Auth::User { name, .. } => format!("the node knows no user '{name}' with this password"),
        };
        let what = format!("the node does not accept the credentials (401): {remedy}");
        Failure { fault: NodeFault::Denied, what, passes: changed, code: None }
    }

    fn authorization(&self) -> Result<Option<String>, Failure> {
        match &self.auth {
            Auth::None => Ok(None),
            Auth::User { name, password } => Ok(Some(basic(&format!("{name}:{password}")))),
            Auth::Cookie(path) => cookie(path).map(Some).map_err(|error| {
                let what = format!(
                    "the cookie file {} cannot be read ({error}): the node writes it into its data folder when it \
                     starts and removes it when it stops",
                    path.display()
                );
                let passes = self.answered.load(Ordering::Relaxed);
                Failure { fault: NodeFault::Denied, what, passes, code: None }
            }),
        }
    }
}

fn cookie(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path).map(|text| basic(text.trim_end()))
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}
