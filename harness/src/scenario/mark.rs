//! The marked pass: a file becomes nodes that know their places, and everything is refused that cannot be seen
//! any more once YAML has been read.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::{
    document::{Document, Kind, NodeId, Place, Scalar, Style},
    lexical,
};

/// The largest file.
pub(crate) const LARGEST: usize = 1024 * 1024;

/// The deepest nesting.
const DEEPEST: usize = 64;

/// Reads a file into nodes. There is a root only where the whole file could be read; all faults are noted in the
/// document.
pub(crate) fn mark(path: &str, bytes: &[u8]) -> (Document, Option<NodeId>) {
    if bytes.len() > LARGEST {
        let document = Document::new(path, "");
        document.fault_of_file(format!("the file has {} bytes; a page has at most 1 MiB", bytes.len()));
        return (document, None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().any(is_control) => (with_controls(path, text), None),
        Ok(text) => Marking::new(path, text).run(text),
        Err(error) => (not_utf8(path, bytes, error.valid_up_to()), None),
    }
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize) -> Document {
    let document = Document::new(path, &String::from_utf8_lossy(bytes));
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = format!("byte 0x{:02X} is not UTF-8", bytes[valid]);
    document.fault_at(Place { line, column, width: 1 }, message, None);
    document
}

/// Characters that YAML does not have; one of its readers does not mind them.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

fn with_controls(path: &str, text: &str) -> Document {
    let document = Document::new(path, text);
    for (number, line) in text.lines().enumerate() {
        for (column, character) in line.chars().enumerate().filter(|(_, character)| is_control(*character)) {
            let place = Place { line: number + 1, column: column + 1, width: 1 };
            let message = format!("not YAML: the control character U+{:04X}", u32::from(character));
            document.fault_at(place, message, Some("write an escape in double quotes".to_owned()));
        }
    }
    document
}

/// A list or mapping that is still open.
struct Open {
    node: NodeId,
    /// A mapping's key that waits for its value.
    key: Option<NodeId>,
    /// The keys of a mapping so far.
    keys: BTreeSet<String>,
}

struct Marking {
    document: Document,
    characters: Vec<char>,
    open: Vec<Open>,
    root: Option<NodeId>,
    documents: usize,
}

/// Whether to go on.
enum Flow {
    On,
    Stop,
}

impl Marking {
    fn new(path: &str, text: &str) -> Self {
        Self {
            document: Document::new(path, text),
            characters: text.chars().collect(),
            open: Vec::new(),
            root: None,
            documents: 0,
        }
    }

    fn run(mut self, text: &str) -> (Document, Option<NodeId>) {
        let mut parser = Parser::<'_, StrInput<'_>>::new_from_str(text);
        while let Some(next) = parser.next_event() {
            let flow = match next {
                Ok((event, span)) => self.event(event, span),
                Err(error) => {
                    let at = error.marker();
                    let place = Place { line: at.line(), column: at.col() + 1, width: 1 };
                    // The scanner looks ahead inside of brackets, and gives up before the depth is counted here.
                    let message = match error.info() {
                        "recursion limit exceeded" => too_deep(),
                        info => format!("not YAML: {info}"),
                    };
                    self.document.fault_at(place, message, None);
                    Flow::Stop
                }
            };
            if matches!(flow, Flow::Stop) {
                return (self.document, None);
            }
        }
        if self.root.is_none() && !self.document.is_faulty() {
            self.document.fault_of_file("the file is empty; a page is a mapping".to_owned());
        }
        (self.document, self.root)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Flow {
        match event {
            Event::DocumentStart(_) => return self.start_document(span),
            Event::Alias(_) => {
                self.document.fault_at(place(span), "aliases are not used in pages".to_owned(), None);
                let node = self.document.add(place(span), Kind::Broken);
                self.put(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_properties(anchor, tag.is_some(), span);
                let node = self.scalar(text.into_owned(), style, span);
                self.put(node);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_properties(anchor, tag.is_some(), span);
                return self.start(Kind::List(Vec::new()), span);
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_properties(anchor, tag.is_some(), span);
                return self.start(Kind::Map(Vec::new()), span);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            Event::StreamEnd | Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
        }
        Flow::On
    }

    fn start_document(&mut self, span: Span) -> Flow {
        self.documents += 1;
        if self.documents == 1 {
            return Flow::On;
        }
        self.document.fault_at(
            place(span),
            "a file is one page; here begins a second document".to_owned(),
            None,
        );
        Flow::Stop
    }

    fn refuse_properties(&self, anchor: usize, tagged: bool, span: Span) {
        if anchor != 0 {
            self.document.fault_at(place(span), "anchors are not used in pages".to_owned(), None);
        }
        if tagged {
            self.document.fault_at(place(span), "tags are not used in pages".to_owned(), None);
        }
    }

    fn start(&mut self, kind: Kind, span: Span) -> Flow {
        if self.open.len() >= DEEPEST {
            self.document.fault_at(place(span), too_deep(), None);
            return Flow::Stop;
        }
        let node = self.document.add(place(span), kind);
        self.put(node);
        self.open.push(Open { node, key: None, keys: BTreeSet::new() });
        Flow::On
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, span: Span) -> NodeId {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Quoted,
            ScalarStyle::DoubleQuoted => {
                self.refuse_escapes(span);
                Style::Quoted
            }
            ScalarStyle::Literal => Style::Block,
            ScalarStyle::Folded => {
                let message = "folded scalars (`>`) are not used in pages".to_owned();
                self.document.fault_at(place(span), message, Some("use `|`, or double quotes".to_owned()));
                Style::Block
            }
        };
        self.document.add(place(span), Kind::Scalar(Scalar { text, style, value: None }))
    }

    fn refuse_escapes(&self, span: Span) {
        let start = span.start.index();
        let source = self.characters.get(start..span.end.index()).unwrap_or_default();
        for (offset, message) in lexical::bad_escapes(source) {
            let before = &source[..offset];
            let breaks = before.iter().filter(|character| **character == '\n').count();
            let column = match before.iter().rposition(|character| *character == '\n') {
                Some(end_of_line) => offset - end_of_line,
                None => span.start.col() + offset + 1,
            };
            self.document.fault_at(
                Place { line: span.start.line() + breaks, column, width: 2 },
                message,
                None,
            );
        }
    }

    /// Puts a finished or opened node where it belongs.
    fn put(&mut self, node: NodeId) {
        let Some(open) = self.open.last_mut() else {
            self.root = self.root.or(Some(node));
            return;
        };
        match &mut self.document.node_mut(open.node).kind {
            Kind::List(items) => items.push(node),
            Kind::Map(_) => self.put_in_mapping(node),
            Kind::Scalar(_) | Kind::Broken => {}
        }
    }

    fn put_in_mapping(&mut self, node: NodeId) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(key) = open.key.take() else {
            open.key = Some(node);
            return;
        };
        let Kind::Scalar(scalar) = &self.document.node(key).kind else {
            self.document.fault(key, "a key is a text");
            return;
        };
        let text = scalar.text.clone();
        if text == "<<" && scalar.style == Style::Plain {
            self.document.fault(key, "merge keys (`<<`) are not used in pages");
        } else if open.keys.insert(text.clone()) {
            let mapping = open.node;
            if let Kind::Map(entries) = &mut self.document.node_mut(mapping).kind {
                entries.push((key, node));
            }
        } else {
            self.document.fault(key, format!("`{text}` is there twice"));
        }
    }
}

fn too_deep() -> String {
    format!("nested more than {DEEPEST} deep")
}

/// A span on its first line.
fn place(span: Span) -> Place {
    let width = if span.start.line() == span.end.line() { span.len().max(1) } else { 1 };
    Place { line: span.start.line(), column: span.start.col() + 1, width }
}
