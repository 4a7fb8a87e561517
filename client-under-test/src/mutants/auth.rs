//! Challenges and credentials.

use super::Mutant;
use crate::reference::Policy;

mutants! {
    "never-answers-challenge": "hands over a 401 though it has credentials" => answers_challenges = false;
    "answers-challenges-for-ever": "sends the same credentials again and again" => challenge_limit = 30;
    "sends-credentials-unasked": "sends credentials before any challenge" => waits_for_challenge = false;
    "sends-credentials-outside-protection-space": "sends credentials unasked to paths outside the protection space" => keeps_to_protection_space = false;
    "splits-challenges-at-quoted-commas": "divides challenges at commas inside quoted strings" => respects_quotes_in_challenges = false;
    "takes-first-challenge-only": "looks at the first challenge only" => reads_every_challenge = false;
    "compares-schemes-by-case": "does not know bAsIc for Basic" => folds_scheme_case = false;
    "answers-any-scheme-with-basic": "sends Basic credentials for a challenge of another scheme" => answers_known_schemes_only = false;
    "answers-basic-without-realm": "answers a Basic challenge without a realm" => demands_realm = false;
    "drops-body-after-401": "repeats a POST with credentials but without content" => resends_content_after_challenge = false;
    "answers-403": "sends credentials after 403" => answers_401_only = false;
    "does-not-decode-userinfo": "sends user and password of the URL percent-encoded" => decodes_userinfo = false;
    "cuts-password-at-colon": "loses what follows a colon in a password" => keeps_colons_in_passwords = false;
    "accepts-control-characters-in-credentials": "sends user and password with control characters" => refuses_controls_in_credentials = false;
    "sends-latin1-credentials": "encodes user and password as Latin-1" => sends_utf8_credentials = false;
    "drops-base64-padding": "sends credentials in base64 without padding" => pads_base64 = false;
    "sends-credentials-to-every-origin": "answers challenges of other origins" => binds_credentials_to_origin = false;
    "answers-401-without-challenge": "sends credentials after a 401 that does not ask for any" => demands_challenge = false;
}
