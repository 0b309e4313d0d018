//! Reads a source to its end, as the engine would.

use std::io::Write;

use headwater_ingest::{READERS, ReadArgs};

/// Gives the bytes, as a file, to the reader of this name and reads all batches; checks each against its schema.
pub fn drain(name: &str, bytes: &[u8], options: &[&str]) {
    let spec = READERS.iter().find(|spec| spec.name == name).expect("the reader is in the list");
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a writable temporary file");
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    let args = ReadArgs { path: file.path().to_owned(), options };
    let Ok(mut reader) = (spec.open)(&args) else { return };
    while let Ok(Some((relation, batch))) = reader.next() {
        let schema = (spec.schema)(&args, relation).expect("what opens has a schema");
        assert_eq!(schema, batch.schema());
    }
}
