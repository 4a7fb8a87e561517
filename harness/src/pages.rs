//! The pages of cases: those in the binary, or those of a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rust_embed::RustEmbed;

use crate::scenario::SourceFile;

/// `cases/`, as it was when the binary was built.
#[derive(RustEmbed)]
#[folder = "../cases"]
#[include = "*.yaml"]
struct Embedded;

/// The pages in the binary, by path.
pub fn embedded() -> Vec<SourceFile> {
    let mut pages: Vec<SourceFile> = Embedded::iter()
        .filter_map(|path| {
            let file = Embedded::get(&path)?;
            Some(SourceFile { path: format!("cases/{path}"), bytes: file.data.into_owned() })
        })
        .collect();
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    pages
}

/// The pages below some files and folders, by path.
pub fn read(paths: &[PathBuf]) -> io::Result<Vec<SourceFile>> {
    let mut pages = Vec::new();
    for path in paths {
        gather(path, &mut pages).map_err(|error| {
            io::Error::new(error.kind(), format!("failed to read {}: {error}", path.display()))
        })?;
    }
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    pages.dedup_by(|one, other| one.path == other.path);
    Ok(pages)
}

fn gather(path: &Path, pages: &mut Vec<SourceFile>) -> io::Result<()> {
    if !path.is_dir() {
        let bytes = fs::read(path)?;
        pages.push(SourceFile { path: path.to_string_lossy().into_owned(), bytes });
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "yaml") {
            gather(&path, pages)?;
        }
    }
    Ok(())
}
