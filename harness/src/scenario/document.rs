//! One file as a tree of nodes, each with its place, and the faults found in it so far.

use std::{cell::RefCell, collections::BTreeMap};

use crate::error::Diagnostic;

/// A file: its lines, its nodes, its faults.
#[derive(Debug)]
pub(crate) struct Document {
    /// As it was given.
    pub(crate) path: String,
    lines: Vec<String>,
    nodes: Vec<Node>,
    faults: RefCell<BTreeMap<(usize, usize, String), Diagnostic>>,
}

/// The number of a node in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) usize);

/// A value of the file.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) kind: Kind,
}

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// In characters, at least 1.
    pub(crate) width: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<NodeId>),
    /// Keys are scalars, each there once.
    Map(Vec<(NodeId, NodeId)>),
    /// Something that was reported already, and of which nothing more can be said.
    Broken,
}

impl Kind {
    /// As in "expected a mapping, found ...".
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Scalar(scalar) if scalar.style == Style::Plain && scalar.text.is_empty() => "nothing",
            Self::Scalar(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Broken => "something else",
        }
    }
}

/// A scalar as it was spelled.
#[derive(Debug)]
pub(crate) struct Scalar {
    /// Its text, quotes and escapes resolved.
    pub(crate) text: String,
    pub(crate) style: Style,
    /// What YAML takes it for, once it has been read a second time; only `json:` wants to know.
    pub(crate) value: Option<serde_json::Value>,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    Block,
}

impl Document {
    /// A file without nodes.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        Self { path: path.to_owned(), lines, nodes: Vec::new(), faults: RefCell::default() }
    }

    /// Keeps a node.
    pub(crate) fn add(&mut self, at: Place, kind: Kind) -> NodeId {
        self.nodes.push(Node { at, kind });
        NodeId(self.nodes.len() - 1)
    }

    /// A node.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// A node that is still being made.
    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0]
    }

    /// The scalar behind a key or leaf; empty where there is none.
    pub(crate) fn text(&self, id: NodeId) -> &str {
        match &self.node(id).kind {
            Kind::Scalar(scalar) => &scalar.text,
            _ => "",
        }
    }

    /// Notes a fault at a node.
    pub(crate) fn fault(&self, at: NodeId, message: impl Into<String>) {
        self.fault_at(self.node(at).at, message.into(), None);
    }

    /// Notes a fault at a node, and what to do about it.
    pub(crate) fn fault_with_help(&self, at: NodeId, message: impl Into<String>, help: Option<String>) {
        self.fault_at(self.node(at).at, message.into(), help);
    }

    /// Notes a fault at a place. The same fault is noted once, however many rows of a table meet it.
    pub(crate) fn fault_at(&self, at: Place, message: String, help: Option<String>) {
        self.note(Diagnostic {
            file: self.path.clone(),
            line: at.line,
            column: at.column,
            width: at.width,
            message,
            help,
            text: self.lines.get(at.line.saturating_sub(1)).cloned().unwrap_or_default(),
        });
    }

    /// Notes a fault of the file as a whole.
    pub(crate) fn fault_of_file(&self, message: String) {
        self.note(Diagnostic {
            file: self.path.clone(),
            line: 0,
            column: 0,
            width: 1,
            message,
            help: None,
            text: String::new(),
        });
    }

    fn note(&self, fault: Diagnostic) {
        let place = (fault.line, fault.column, fault.message.clone());
        self.faults.borrow_mut().entry(place).or_insert(fault);
    }

    /// Whether a fault has been noted.
    pub(crate) fn is_faulty(&self) -> bool {
        !self.faults.borrow().is_empty()
    }

    /// The faults, in the order of their places.
    pub(crate) fn into_faults(self) -> Vec<Diagnostic> {
        self.faults.into_inner().into_values().collect()
    }
}

/// The word that was probably meant.
pub(crate) fn did_you_mean<'a>(found: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let limit = (found.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(found, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| format!("did you mean `{word}`?"))
}

/// The words as in "one of `a`, `b`, `c`".
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    format!("one of {}", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_nearest_word_is_meant_unless_it_is_far() {
        assert_eq!(
            did_you_mean("haeders", ["body", "headers", "status"]),
            Some("did you mean `headers`?".to_owned())
        );
        assert_eq!(did_you_mean("rubbish", ["body", "headers"]), None);
        assert_eq!(did_you_mean("od", ["do", "of"]), Some("did you mean `do`?".to_owned()));
    }
}
