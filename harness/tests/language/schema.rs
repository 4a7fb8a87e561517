//! The JSON Schema of pages: committed as `cases/schema.json`, and in step with the parser.

use std::{fs, path::Path};

use wireproof::scenario::schema;

#[test]
fn the_committed_schema_is_that_of_the_parser() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/schema.json");
    if std::env::var_os("WIREPROOF_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, schema()).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(committed == schema(), "run this test with WIREPROOF_BLESS=1 and commit cases/schema.json");
}

#[test]
fn the_schema_knows_no_null() {
    assert!(!schema().contains("\"null\""));
}
