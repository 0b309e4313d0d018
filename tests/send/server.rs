//! A small HTTP server that answers as it is told, well or badly.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// One request.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn read(stream: &mut TcpStream) -> Option<Self> {
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 65536];
        loop {
            let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = head
                    .lines()
                    .find_map(|line| {
                        line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse().unwrap())
                    })
                    .unwrap_or(0usize);
                if bytes.len() >= end + 4 + length {
                    let mut words = head.split_whitespace();
                    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
                    return Some(Self { method, path, body: bytes[end + 4..].to_vec() });
                }
            }
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            }
        }
    }
}

/// What is answered.
pub(super) struct Answer {
    head: String,
    body: String,
    /// Bytes of the body that are announced and never sent.
    missing: usize,
    silent: bool,
}

impl Answer {
    pub(super) fn of(status: u16, media: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status} Said\r\nContent-Type: {media}\r\nConnection: close\r\n");
        Self { head, body: body.to_owned(), missing: 0, silent: false }
    }

    pub(super) fn taxii(status: u16, body: Value) -> Self {
        Self::of(status, "application/taxii+json;version=2.1", &body.to_string())
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Nothing, for longer than anybody waits.
    pub(super) fn silence() -> Self {
        Self { silent: true, ..Self::of(200, "text/plain", "") }
    }

    /// Half of what is announced.
    pub(super) fn cut() -> Self {
        Self { missing: 100, ..Self::taxii(200, serde_json::json!({"id": "c"})) }
    }
}

/// A running server; it stops with the test.
pub(super) struct Server {
    port: u16,
    stopped: Arc<AtomicBool>,
    times: Arc<Mutex<Option<(Instant, Instant)>>>,
}

impl Server {
    /// `answer` is told the request and its number, from 1.
    pub(super) fn start(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stopped = Arc::new(AtomicBool::new(false));
        let times = Arc::new(Mutex::new(None));
        let (state, kept, answer, number) =
            (Arc::clone(&stopped), Arc::clone(&times), Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if state.load(Ordering::SeqCst) {
                    return;
                }
                let (answer, number, kept) = (Arc::clone(&answer), Arc::clone(&number), Arc::clone(&kept));
                std::thread::spawn(move || {
                    let Ok(mut stream) = stream else { return };
                    let Some(request) = Request::read(&mut stream) else { return };
                    let now = Instant::now();
                    {
                        let mut times = kept.lock().unwrap();
                        let first = times.map_or(now, |(first, _)| first);
                        *times = Some((first, now));
                    }
                    let answer = answer(&request, number.fetch_add(1, Ordering::SeqCst) + 1);
                    if answer.silent {
                        std::thread::sleep(Duration::from_secs(5));
                        return;
                    }
                    let length = answer.body.len() + answer.missing;
                    // A client that has gone away is no concern of the server's.
                    let _ = write!(stream, "{}Content-Length: {length}\r\n\r\n{}", answer.head, answer.body);
                });
            }
        });
        Self { port, stopped, times }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// From the first request to the last.
    pub(super) fn seconds(&self) -> f64 {
        self.times.lock().unwrap().map_or(0.0, |(first, last)| (last - first).as_secs_f64())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}
