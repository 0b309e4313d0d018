//! One entry, gathered while its elements go by.

use hashbrown::HashMap;

use super::super::table::Table;

/// An element of the entry that is open.
#[derive(Debug, Default)]
struct Level {
    /// How long the entry's path and place were before it.
    path: usize,
    place: usize,
    text: String,
    /// How many of each name it holds so far.
    children: HashMap<String, u32>,
}

#[derive(Debug)]
pub(super) struct Record {
    element: String,
    offset: u64,
    /// The open elements below the entry, the entry itself first.
    levels: Vec<Level>,
    path: String,
    place: String,
    paths: Vec<String>,
    places: Vec<String>,
    texts: Vec<String>,
    size: usize,
}

impl Record {
    pub(super) fn new(element: &str, offset: u64) -> Self {
        Self {
            element: element.to_owned(),
            offset,
            levels: vec![Level::default()],
            path: String::new(),
            place: String::new(),
            paths: Vec::new(),
            places: Vec::new(),
            texts: Vec::new(),
            size: 0,
        }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How much the row says, in bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// An element opens within the entry.
    pub(super) fn open(&mut self, name: &str) {
        let (path, place) = (self.path.len(), self.place.len());
        let number = match self.levels.last_mut() {
            Some(level) => {
                let number = level.children.entry_ref(name).or_insert(0);
                *number += 1;
                *number
            }
            None => 1,
        };
        if path > 0 {
            self.path.push('/');
            self.place.push('/');
        }
        self.path.push_str(name);
        self.place.push_str(name);
        self.place.push_str(&format!("[{number}]"));
        self.size += name.len() + 32;
        self.levels.push(Level { path, place, ..Level::default() });
    }

    pub(super) fn add(&mut self, text: &str) {
        self.size += text.len();
        if let Some(level) = self.levels.last_mut() {
            level.text.push_str(text);
        }
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let parted = if self.path.is_empty() { "" } else { "/" };
        let (path, place) = (format!("{}{parted}@{name}", self.path), format!("{}{parted}@{name}", self.place));
        self.state(path, place, value.to_owned());
    }

    /// The innermost element closes; true when that was the entry itself.
    pub(super) fn close(&mut self) -> bool {
        let Some(level) = self.levels.pop() else { return true };
        let text = level.text.trim();
        if !text.is_empty() {
            let own = |path: &str| if path.is_empty() { ".".to_owned() } else { path.to_owned() };
            self.state(own(&self.path), own(&self.place), text.to_owned());
        }
        self.path.truncate(level.path);
        self.place.truncate(level.place);
        self.levels.is_empty()
    }

    fn state(&mut self, path: String, place: String, text: String) {
        self.size += path.len() + place.len() + text.len() + 16;
        self.paths.push(path);
        self.places.push(place);
        self.texts.push(text);
    }

    pub(super) fn write(self, position: i64, length: u64, table: &mut Table) {
        table.whole(Some(position));
        table.whole(Some(self.offset as i64));
        table.whole(Some(length as i64));
        table.text(self.texts.is_empty().then_some("the entry is empty"));
        table.text(Some(&self.element));
        for texts in [&self.paths, &self.places, &self.texts] {
            table.texts(texts.iter().map(String::as_str));
        }
        table.end_row();
    }
}
