//! From the word behind `--client` to a client.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use wireproof_client::reference::Reference;

use super::{ClientArgs, Failure};
use crate::{
    adapter::{self, Driver, Exec, Folder, Template},
    known::KnownFailures,
};

/// Where bundled adapters live, from the top of the repository.
const BUNDLED: &str = "client-under-test/clients";

/// A client that has not been started.
pub(crate) enum Chosen {
    /// Within this process.
    InProcess {
        /// `reference` or `mutant:NAME`.
        name: String,
        /// The client.
        client: Reference,
    },
    /// Behind an adapter.
    Adapter(Folder),
    /// A program without one, from the command line or from a folder.
    Exec(Box<Exec>, Option<Folder>),
}

/// A client whose adapter could not be started.
pub(crate) struct Unstarted {
    /// The client, as its folder calls it.
    pub(crate) name: String,
    /// What went wrong, a sentence that may have further lines.
    pub(crate) why: String,
    /// The program is not installed.
    is_absence: bool,
}

impl From<Unstarted> for Failure {
    fn from(Unstarted { why, is_absence, .. }: Unstarted) -> Self {
        Self { is_absence, ..Self::broken(format!("wireproof: {why}\n")) }
    }
}

impl Chosen {
    /// The client that the command line asks for.
    pub(crate) fn of(args: &ClientArgs) -> Result<Self, Failure> {
        match &args.exec {
            Some(template) => Self::exec(template, &args.can),
            None => Self::find(&args.client),
        }
    }

    /// Finds the client that was named.
    pub(crate) fn find(name: &str) -> Result<Self, Failure> {
        if let Some(client) = adapter::named(name) {
            return Ok(Self::InProcess { name: name.to_owned(), client });
        }
        if let Some(mutant) = name.strip_prefix("mutant:") {
            return Err(Failure::usage(format!("wireproof: there is no mutant `{mutant}`\n")));
        }
        let path = folder(name).ok_or_else(|| {
            Failure::usage(format!(
                "wireproof: there is no client `{name}`: neither a folder with a client.yaml nor one of {}\n",
                bundled().join(", ")
            ))
        })?;
        Folder::open(&path)
            .and_then(|folder| match folder.exec() {
                Some(program) => program.map(|program| Self::Exec(Box::new(program), Some(folder))),
                None => Ok(Self::Adapter(folder)),
            })
            .map_err(|error| Failure::usage(format!("wireproof: {error}\n")))
    }

    /// A program without an adapter, by its command line and what that can do.
    pub(crate) fn exec(template: &str, capabilities: &[String]) -> Result<Self, Failure> {
        let here = env::current_dir()?;
        Template::parse(template)
            .and_then(|template| Exec::new(template, &here, capabilities.iter().map(String::as_str)))
            .map(|program| Self::Exec(Box::new(program), None))
            .map_err(|error| Failure::usage(format!("wireproof: `{template}`: {error}\n")))
    }

    /// Starts it, with up to so many processes.
    ///
    /// # Errors
    /// Its adapter gave no hello that can be understood, three times in a row.
    pub(crate) fn start(self, places: usize) -> Result<Driver, Unstarted> {
        match self {
            Self::InProcess { name, client } => Ok(Driver::in_process_as(&name, Arc::new(client))),
            Self::Exec(program, _) => Ok(Driver::exec(*program)),
            Self::Adapter(folder) => {
                let name = folder.name().to_owned();
                Driver::processes(folder, places).map_err(|error| Unstarted {
                    name,
                    why: format!("the adapter {error}"),
                    is_absence: error.is_absence(),
                })
            }
        }
    }

    /// Where its known failures are listed, or would be.
    pub(crate) fn list(&self) -> Option<PathBuf> {
        match self {
            Self::Adapter(folder) | Self::Exec(_, Some(folder)) => Some(folder.known()),
            Self::InProcess { .. } | Self::Exec(_, None) => None,
        }
    }

    /// What it is known to fail: the list that was named, else the one in its folder, which need not be there; and
    /// what it fails now and then, from `flaky.yaml` beside it. The reference client has neither.
    pub(crate) fn known(&self, named: Option<&Path>) -> Result<KnownFailures, Failure> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match self.list().filter(|path| path.exists()) {
                Some(path) => path,
                None => return Ok(KnownFailures::default()),
            },
        };
        let text = fs::read_to_string(&path).map_err(|error| {
            Failure::usage(format!("wireproof: cannot read {}: {error}\n", path.display()))
        })?;
        let wrong = |path: &Path| {
            let path = path.display().to_string();
            move |error: String| Failure::usage(format!("wireproof: {path}: {error}\n"))
        };
        let known = KnownFailures::parse(&text).map_err(wrong(&path))?;
        let flaky = path.with_file_name("flaky.yaml");
        if !flaky.exists() {
            return Ok(known);
        }
        let today = chrono::Utc::now().date_naive();
        known.with_flaky(&fs::read_to_string(&flaky)?, today).map_err(wrong(&flaky))
    }
}

/// The folder of an adapter: as given, or below the bundled ones.
fn folder(name: &str) -> Option<PathBuf> {
    let given = PathBuf::from(name);
    if given.join("client.yaml").is_file() {
        return Some(given);
    }
    let below = home_of_bundled()?.join(name);
    below.join("client.yaml").is_file().then_some(below)
}

/// The bundled adapters of the repository that contains the current folder, else of that the binary was built from.
fn home_of_bundled() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    here.ancestors().chain([built_from]).map(|top| top.join(BUNDLED)).find(|folder| folder.is_dir())
}

pub(crate) fn bundled() -> Vec<String> {
    let mut names = vec!["reference".to_owned(), "mutant:NAME".to_owned()];
    let folders = home_of_bundled().and_then(|home| fs::read_dir(home).ok()).into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.path().join("client.yaml").is_file());
    names.extend(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    names.sort();
    names
}
