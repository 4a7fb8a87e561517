//! What every answer on the page has to keep to, whatever its row asks: names that there are, large content by its length and
//! hash, and all content that was asked for. A case is judged without all that.

use wireproof_client::{
    job::{Call, Job},
    outcome::{BodySeen, CallResult, Error, Outcome, PHASES, is_class},
};

/// What is amiss with an answer to this job, whatever was to come of it.
pub(super) fn amiss(outcome: &Outcome, job: &Job) -> Vec<String> {
    job.calls.iter().zip(&outcome.calls).flat_map(|(call, result)| of_result(call, result)).collect()
}

fn of_result(call: &Call, result: &CallResult) -> Vec<String> {
    let mut amiss = result.error.as_ref().map(of_error).unwrap_or_default();
    if let Some(BodySeen::Bytes(bytes)) = &result.body
        && bytes.len() > BodySeen::LARGEST
    {
        amiss.push(format!(
            "a body of {} bytes is told as it is: above {} it is told by `length` and `sha256`",
            bytes.len(),
            BodySeen::LARGEST
        ));
    }
    let is_to_stop = call.read.bytes.is_some() || call.cancel.is_some();
    if result.complete == Some(false) && result.error.is_none() && !is_to_stop {
        amiss.push(
            "`complete: false` of a call that was to be read to its end, and was no failure".to_owned(),
        );
    }
    amiss
}

fn of_error(error: &Error) -> Vec<String> {
    let mut amiss = Vec::new();
    for class in &error.class {
        if !is_class(class) && !class.starts_with("x-") {
            amiss.push(format!("there is no error class `{class}`: private names begin with `x-`"));
        }
    }
    for phase in &error.phase {
        if !PHASES.contains(&phase.as_str()) && !phase.starts_with("x-") {
            amiss.push(format!("there is no phase `{phase}`"));
        }
    }
    amiss
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(classes: &[&str], phases: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let error = Error { class: owned(classes), phase: owned(phases), ..Error::default() };
        let call = CallResult { error: Some(error), ..CallResult::default() };
        of_result(&Call::default(), &call).join("; ")
    }

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(of(&["refused", "lost", "x-mine"], &["connect", "body"]), "");
        assert!(of(&["refused", "exploded"], &[]).contains("no error class `exploded`"));
        assert!(of(&["refused"], &["connect", "lunch"]).contains("no phase `lunch`"));
    }

    #[test]
    fn large_content_is_told_by_its_hash() {
        let of = |size| {
            let body = Some(BodySeen::Bytes(vec![0; size]));
            of_result(&Call::default(), &CallResult { body, ..CallResult::default() })
        };
        assert_eq!(of(BodySeen::LARGEST), [""; 0]);
        assert!(of(BodySeen::LARGEST + 1).join("").starts_with("a body of 65537 bytes"));
    }

    #[test]
    fn who_was_not_to_stop_has_not_stopped() {
        let stopped = CallResult { complete: Some(false), ..CallResult::default() };
        let mut call = Call::default();
        assert!(of_result(&call, &stopped).join("").contains("`complete: false`"));
        let failed = CallResult { error: Some(Error::default()), ..stopped.clone() };
        assert_eq!(of_result(&call, &failed), [""; 0]);
        call.read.bytes = Some(10);
        assert_eq!(of_result(&call, &stopped), [""; 0]);
    }
}
