//! The one place that reads YAML into types.
//!
//! `serde_yaml` is no longer maintained by its author (see `deny.toml`), so nothing else may name it.

use serde::de::DeserializeOwned;

/// Reads one document.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_yaml::Error> {
    serde_yaml::from_str(text)
}
