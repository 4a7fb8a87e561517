//! Imports run one way (`ARCHITECTURE.md`): a module of the harness imports only from those above it, and the two
//! leaves know neither each other nor the harness.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules, top to bottom.
const ORDER: [&str; 25] = [
    "yaml",
    "error",
    "scenario",
    "observation",
    "verdict",
    "show",
    "transcript",
    "expect",
    "plan",
    "adapter",
    "judge",
    "run",
    "certify",
    "known",
    "record",
    "report",
    "profile",
    "diff",
    "matrix",
    "surveys",
    "covers",
    "describe",
    "pages",
    "cli",
    "testing",
];

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|one| *one == module)
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut against = Vec::new();
    for file in files(&source) {
        let below = file.strip_prefix(&source).unwrap_or(&file);
        let first = below.iter().next().unwrap_or_default().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let own = place(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        for used in imported(&read(&file)) {
            if place(&used).is_some_and(|used| used > own) {
                against.push(format!("{} uses {used}", below.display()));
            }
        }
    }
    assert_eq!(against, Vec::<String>::new());
}

#[test]
fn server_and_client_know_nobody() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    for (leaf, others) in [
        ("server", ["wireproof-client", "wireproof ="]),
        ("client-under-test", ["wireproof-server", "wireproof ="]),
    ] {
        let manifest = read(&top.join(leaf).join("Cargo.toml"));
        assert!(others.iter().all(|other| !manifest.contains(other)), "{leaf} names another crate of ours");
    }
}

/// The modules of this crate that a file names.
fn imported(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => modules.extend(heads(list)),
            None => modules.push(word(rest)),
        }
    }
    modules
}

/// The first words of the members of a list in braces.
fn heads(list: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(word(list[start..at].trim_start()));
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(word(list[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    assert!(!found.is_empty(), "{} holds no source", folder.display());
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
