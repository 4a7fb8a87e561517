//! Text and JSON.

use super::Mutant;
use crate::reference::{Policy, policy::InvalidText};

mutants! {
    "reads-everything-as-utf8": "ignores the charset of Content-Type" => obeys_charset = false;
    "reads-parameter-names-case-sensitively": "does not know Charset for charset" => folds_parameter_case = false;
    "keeps-quotes-of-parameters": "takes the quotes for a part of the charset" => unquotes_parameters = false;
    "reads-charsets-case-sensitively": "does not know UTF-16LE for utf-16le" => folds_charset_case = false;
    "drops-invalid-text": "leaves out what is no text in its charset" => invalid_text = InvalidText::Drop;
    "raises-whatever-comes-on-unknown-charset": "fails on an unknown charset with an error that is none of its own" => names_unknown_charset = false;
    "decodes-text-piece-by-piece": "decodes text piece by piece and breaks characters in between" => keeps_characters_whole = false;
    "decodes-json-by-charset": "decodes JSON by the charset of Content-Type" => reads_json_as_utf8 = false;
    "takes-nothing-for-null": "takes an empty JSON text for null" => refuses_empty_json = false;
    "ignores-what-follows-json": "stops at the end of the first JSON value" => refuses_data_behind_json = false;
    "hides-body-on-decode-error": "hands over nothing where JSON is malformed" => keeps_content_of_bad_json = false;
    "knows-utf8-only": "fails on text in any charset but UTF-8" => knows_charsets = false;
}
