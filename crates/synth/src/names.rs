//! Tables of invented names.
//!
//! Given and family names are common ones, combined at random; any likeness to a living person is chance.

/// Given names and family names of one country's customers.
pub(crate) type NameTable = (&'static [&'static str], &'static [&'static str]);

/// Estonian names, with the letters that break careless encodings.
pub(crate) const ESTONIAN: NameTable = (
    &[
        "Mari", "Jaan", "Kadri", "Tõnu", "Liis", "Priit", "Anu", "Märt", "Kaja", "Raivo", "Õie", "Siim", "Ülle",
        "Toomas",
    ],
    &["Tamm", "Saar", "Mägi", "Kask", "Kukk", "Põder", "Rebane", "Ilves", "Pärn", "Koppel", "Luik", "Õunapuu", "Sepp"],
);

/// British names.
pub(crate) const BRITISH: NameTable = (
    &["Oliver", "Amelia", "George", "Isla", "Harry", "Priya", "Jack", "Emily", "Callum", "Sophie", "Aisha", "Owen"],
    &["Whitlock", "Hughes", "Patel", "Barnes", "O'Neill", "Carter", "Fairley", "Moss", "Pritchard", "Doyle", "Shaw"],
);

/// Cypriot names.
pub(crate) const CYPRIOT: NameTable = (
    &["Andreas", "Eleni", "Giorgos", "Maria", "Christos", "Despina", "Nikos", "Katerina", "Petros", "Ioanna"],
    &["Georgiou", "Ioannou", "Christodoulou", "Panayi", "Kyriakou", "Nicolaou", "Savva", "Michail", "Loizou"],
);

/// Names of people who come and go, for senders and receivers in planted schemes: nothing may hang on their origin, so
/// the table mixes.
pub(crate) const MIXED: NameTable = (
    &["Karl", "Lena", "Marek", "Ilze", "Daniel", "Nadia", "Rui", "Eszter", "Paul", "Agnieszka", "Luca", "Sanna", "Ivo"],
    &["Berg", "Ozols", "Novak", "Silva", "Kovács", "Lindqvist", "Moreau", "Wójcik", "Haas", "Petersons", "Conti"],
);

/// Employers: name and the place of their bank among the three.
pub(crate) const EMPLOYERS: &[(&str, usize)] = &[
    ("Põhjatuul Logistika OÜ", 0),
    ("Tallinna Puidutööstus AS", 0),
    ("Emajõe Tarkvara OÜ", 0),
    ("Saare Kalatööstus OÜ", 0),
    ("Viru Ehitus AS", 0),
    ("Hartwell Engineering Ltd", 1),
    ("Blue Kettle Foods Ltd", 1),
    ("Marlowe & Finch Design, Ltd", 1),
    ("Ravensbourne Care Homes Ltd", 1),
    ("Larnaca Bay Hotels Ltd", 2),
    ("Troodos Citrus Export Ltd", 2),
    ("Kition Shipping Services Ltd", 2),
];

/// Shops: name and the place of their bank.
pub(crate) const SHOPS: &[(&str, usize)] = &[
    ("Kalamaja Toidupood OÜ", 0),
    ("Rimu Apteek OÜ", 0),
    ("Jalgratas & Pojad OÜ", 0),
    ("Corner Grocer (Leeds) Ltd", 1),
    ("Bookbarrow Ltd", 1),
    ("Pennine Garden Centre Ltd", 1),
    ("Agora Supermarket Ltd", 2),
    ("Aphrodite Pharmacy Ltd", 2),
    ("Taverna Yiannis Ltd", 2),
];

/// Utilities, landlords and tax offices, one of each for each of the three banks.
pub(crate) const UTILITIES: [&str; 3] =
    ["Põhjala Energia AS", "Aire Valley Power & Water plc", "Mesaoria Electricity Ltd"];
/// See [`UTILITIES`].
pub(crate) const LANDLORDS: [&str; 3] = ["Kodu Üürid OÜ", "Brickfield Lettings Ltd", "Akamas Property Ltd"];
/// See [`UTILITIES`].
pub(crate) const TAX_OFFICES: [&str; 3] = ["Tax Board EE", "Revenue Office GB", "Tax Department CY"];

/// Customers and suppliers outside the three banks.
pub(crate) const TRADERS: &[&str] = &[
    "Havelländer Maschinenbau GmbH",
    "Van der Meer Groothandel B.V.",
    "Ostsee Handelskontor GmbH",
    "Rīgas Mēbeles SIA",
    "Nemunas Transport UAB",
    "Zürcher Feinmechanik AG",
    "Spree Medien GmbH",
    "Waddenzee Vis B.V.",
    "Kurzeme Koks SIA",
    "Rhein-Ruhr Stahlbau, Köln GmbH",
];
