//! The home folder of a client, with the files a case puts there.

use std::{fs, path::Path};

use wireproof_server::seen::Address;

use super::StagingError;
use crate::plan::Plan;

/// A home folder with the files of a case; gone when dropped.
pub(super) struct Home(tempfile::TempDir);

impl Home {
    /// Writes the files of a plan; `None` where it has none.
    pub(super) fn furnish(plan: &Plan, addresses: &[Address]) -> Result<Option<Self>, StagingError> {
        let files = plan.surroundings.files(addresses)?;
        if files.is_empty() {
            return Ok(None);
        }
        let home = tempfile::tempdir().map_err(StagingError::Home)?;
        for (name, content) in files {
            let path = home.path().join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(StagingError::Home)?;
            }
            fs::write(path, content).map_err(StagingError::Home)?;
        }
        Ok(Some(Self(home)))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}
