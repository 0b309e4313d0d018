//! JSON-RPC 1.0 as Bitcoin nodes speak it: errors are in the body, whatever the status says.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use super::http::{Failure, Http};

/// RPC error −28: the node loads its index, or rewinds after a crash.
const WARMING_UP: i64 = -28;

#[derive(Debug, Deserialize)]
struct Envelope<T> {
    #[serde(default = "Option::default")]
    result: Option<T>,
    #[serde(default)]
    error: Option<RpcError>,
}

#[derive(Debug, Deserialize)]
struct RpcError {
    code: i64,
    #[serde(default)]
    message: String,
}

/// Makes one call, once.
pub(super) fn call<T: DeserializeOwned>(http: &Http, method: &str, params: &[Value], most: u64) -> Result<T, Failure> {
    let request = json!({ "jsonrpc": "1.0", "id": "headwater", "method": method, "params": params });
    let answer = http.post(request.to_string().as_bytes(), most)?;
    result(&answer.body, method, answer.status)
}

/// The result in an answer, or what the node has against it.
fn result<T: DeserializeOwned>(body: &[u8], method: &str, status: u16) -> Result<T, Failure> {
    // An error comes beside a null result, and where there is one the result's own shape does not matter.
    if let Ok(Envelope::<IgnoredAny> { error: Some(error), .. }) = serde_json::from_slice(body) {
        let message = if error.message.is_empty() { "no reason given" } else { error.message.as_str() };
        let what = format!("{method}: {message} (RPC error {})", error.code);
        let failure = if error.code == WARMING_UP { Failure::busy(what) } else { Failure::refused(what) };
        return Err(Failure { code: Some(error.code), ..failure });
    }
    match serde_json::from_slice(body) {
        Ok(Envelope { result: Some(result), .. }) => Ok(result),
        Ok(Envelope { result: None, .. }) => {
            Err(Failure::garbage(format!("{method} answered nothing (status {status})")))
        }
        Err(error) => {
            let start: String = String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(60).collect();
            Err(Failure::garbage(format!("the answer is not JSON-RPC ({error}; status {status}): it begins '{start}'")))
        }
    }
}

/// Reads arbitrary bytes as the answer to a call for a block: the door for the fuzzer.
#[doc(hidden)]
pub fn fuzz_answer(body: &[u8]) -> bool {
    result::<String>(body, "getblock", 200).is_ok_and(|text| hex::decode(text).is_ok())
}
