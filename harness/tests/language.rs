//! The case language, by values: pages in, scenarios or diagnostics out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use wireproof::{
    error,
    scenario::{Known, Scenario, SourceFile, parse},
};

mod language {
    mod bad;
    mod files;
    mod good;
    mod schema;
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language").join(name)
}

/// All pages below a folder, in the order of their paths.
fn pages(folder: &Path) -> Vec<SourceFile> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for chapter in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(chapter.unwrap().path()).unwrap() {
            pages.push(file.unwrap().path());
        }
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    pages.sort();
    pages.iter().map(|path| page(folder, path)).collect()
}

fn page(folder: &Path, path: &Path) -> SourceFile {
    let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
    SourceFile { path: name.to_owned(), bytes: fs::read(path).unwrap() }
}

/// A page that is not on disk.
fn written(path: &str, text: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile { path: path.to_owned(), bytes: text.into() }
}

/// The project's ids to cover, and two mutants.
fn known() -> Known {
    let mutants = BTreeSet::from(["m".to_owned(), "keeps-method-on-303".to_owned()]);
    Known { mutants: Some(mutants), covers: Some(wireproof::covers::ids()), time_scale: 1.0 }
}

fn good(sources: &[SourceFile], known: &Known) -> Vec<Scenario> {
    parse(sources, known).unwrap_or_else(|faults| panic!("{}", error::render(&faults, false)))
}

/// The faults of pages, as a person reads them.
fn faults(sources: &[SourceFile]) -> String {
    match parse(sources, &known()) {
        Ok(scenarios) => panic!("{} scenarios where faults were expected", scenarios.len()),
        Err(faults) => error::render(&faults, false),
    }
}
