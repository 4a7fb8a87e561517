//! A client under test as a folder: `client.yaml` and whatever its adapter consists of.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    build::{BuildError, build},
    exec::Exec,
    template::{Template, TemplateError},
};

/// The folder of a client under test, with its `client.yaml` read and checked.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    description: Description,
    ca: Option<PathBuf>,
    built: Option<PathBuf>,
}

/// Why a folder is not one of a client. The author of the folder is at fault.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file, or the folder itself, could not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `client.yaml` is not what it should be.
    #[error("{path}: {reason}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with the line where that is known.
        reason: String,
    },
}

/// `client.yaml`, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Description {
    name: String,
    #[serde(default)]
    command: Vec<String>,
    template: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    build: Vec<String>,
    language: Option<String>,
    home_page: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

impl Folder {
    /// Reads the folder of a client.
    ///
    /// # Errors
    /// When there is no such folder, or its `client.yaml` is missing or wrong.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unreadable = |source| FolderError::Unreadable { path: path.to_owned(), source };
        // Absolute, since the adapter is started with this folder as its own.
        let path = path.canonicalize().map_err(unreadable)?;
        let file = path.join("client.yaml");
        let description: Description = read_yaml(&file)?;
        if let Some(reason) = description.fault() {
            return Err(FolderError::Invalid { path: file, reason: reason.to_owned() });
        }
        Ok(Self { path, description, ca: None, built: None })
    }

    /// A client that needs no folder: only a command, started with this folder as its own.
    pub(crate) fn bare(name: &str, path: &Path, command: Vec<String>) -> Self {
        let description = Description {
            name: name.to_owned(),
            command,
            template: None,
            capabilities: Vec::new(),
            build: Vec::new(),
            language: None,
            home_page: None,
            environment: BTreeMap::new(),
        };
        Self { path: path.to_owned(), description, ca: None, built: None }
    }

    /// The same, with the certificate (a PEM file) that `{ca}` stands for in arguments and variables.
    #[must_use]
    pub fn with_ca(mut self, ca: &Path) -> Self {
        self.ca = Some(ca.to_owned());
        self
    }

    /// The same, once its `build` step has been run: `{built}` stands for the program that cargo then named.
    ///
    /// # Errors
    /// When the step fails, or names no program although one is asked for.
    pub fn built(mut self) -> Result<Self, BuildError> {
        self.built = build(&self.path, &self.description.build)?;
        if self.built.is_none() && self.description.asks_for(BUILT) {
            return Err(BuildError::NoProgram { command: self.description.build.join(" ") });
        }
        Ok(self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the client is called in reports.
    pub fn name(&self) -> &str {
        &self.description.name
    }

    /// The language the client is written in.
    pub fn language(&self) -> Option<&str> {
        self.description.language.as_deref()
    }

    /// Where the client is at home on the web.
    pub fn home_page(&self) -> Option<&str> {
        self.description.home_page.as_deref()
    }

    /// Where its known failures are listed, if they are.
    pub fn known(&self) -> PathBuf {
        self.path.join("known.yaml")
    }

    /// The program that is started for each call, if the folder has a template in place of an adapter.
    ///
    /// # Errors
    /// When the template is wrong, or can do less than the folder says.
    pub fn exec(&self) -> Option<Result<Exec, FolderError>> {
        let template = self.description.template.as_ref()?;
        let capabilities = self.description.capabilities.iter().map(String::as_str);
        let variables =
            self.description.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let exec = Template::parse(template)
            .and_then(|template| Exec::new(template, &self.path, capabilities))
            .map(|program| program.described(self.name(), self.language(), variables));
        let invalid = |error: TemplateError| FolderError::Invalid {
            path: self.path.join("client.yaml"),
            reason: format!("`template`: {error}"),
        };
        Some(exec.map_err(invalid))
    }

    /// The program and its arguments; `None` if they ask for a certificate and there is none.
    pub(super) fn command(&self) -> Option<(PathBuf, Vec<String>)> {
        let (program, arguments) = self.description.command.split_first()?;
        let arguments = arguments.iter().map(|argument| self.fill(argument)).collect::<Option<_>>()?;
        // A bare name is looked up in PATH; a path is relative to this folder, whatever our own is.
        let program = self.fill(program)?;
        let program = if program.contains('/') { self.path.join(program) } else { PathBuf::from(program) };
        Some((program, arguments))
    }

    /// The variables that `client.yaml` fixes; `None` if they ask for a certificate and there is none.
    pub(super) fn environment<'a>(&'a self) -> Option<Vec<(&'a str, String)>> {
        let fill = |(name, value): (&'a String, &'a String)| Some((name.as_str(), self.fill(value)?));
        self.description.environment.iter().map(fill).collect()
    }

    fn fill(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for (name, value) in [(CA, &self.ca), (BUILT, &self.built)] {
            if text.contains(name) {
                text = text.replace(name, value.as_ref()?.to_str()?);
            }
        }
        Some(text)
    }
}

/// Stands for the path of the run's certificate.
const CA: &str = "{ca}";

/// Stands for the program that was built.
const BUILT: &str = "{built}";

impl Description {
    fn asks_for(&self, name: &str) -> bool {
        self.command.iter().chain(self.environment.values()).any(|text| text.contains(name))
    }

    fn fault(&self) -> Option<&'static str> {
        if self.name.is_empty() {
            return Some("`name` is empty");
        }
        if self.template.is_some() {
            if !self.command.is_empty() {
                return Some(
                    "`command` starts an adapter and `template` does without one: only one can be had",
                );
            }
        } else if self.command.first().is_none_or(String::is_empty) {
            return Some(
                "`command` is empty: it lists the program and its arguments, as in [python3, adapter.py]",
            );
        } else if !self.capabilities.is_empty() {
            return Some("`capabilities` goes with `template`; an adapter declares its own in its hello");
        }
        if self.template.is_some() && !self.build.is_empty() {
            return Some("`build` goes with `command`: nothing is built for a `template`");
        }
        if self.build.is_empty() && self.asks_for(BUILT) {
            return Some("`{built}` is what a `build` step made, and there is none");
        }
        if self.environment.keys().any(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return Some("`environment` has a name that no variable can have");
        }
        None
    }
}

/// Reads a small YAML file.
fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, FolderError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| FolderError::Unreadable { path: path.to_owned(), source })?;
    crate::yaml::read(&text)
        .map_err(|error| FolderError::Invalid { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(yaml: &str) -> Result<Folder, FolderError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("client.yaml"), yaml).unwrap();
        Folder::open(folder.path())
    }

    #[test]
    fn a_name_and_a_command_are_enough() {
        let folder = open("name: mine\ncommand: [python3, adapter.py, --ca=x]\n").unwrap();
        assert_eq!((folder.name(), folder.language(), folder.home_page()), ("mine", None, None));
        assert_eq!(folder.command().unwrap().0, Path::new("python3"));
        assert!(folder.known().ends_with("known.yaml"));
    }

    #[test]
    fn a_program_with_a_slash_is_looked_for_in_the_folder() {
        let folder = open("name: mine\ncommand: [./run]\n").unwrap();
        assert_eq!(folder.command().unwrap().0, folder.path().join("./run"));
    }

    #[test]
    fn a_template_does_without_an_adapter() {
        let exec = |yaml: &str| open(yaml).unwrap().exec().unwrap();
        let program = exec("name: fetch\ntemplate: curl -sS {url}\ncapabilities: [gzip]\n").unwrap();
        assert_eq!(program.hello().client, "fetch");
        assert!(exec("name: fetch\ntemplate: curl\n").unwrap_err().to_string().contains("{url}"));
        assert!(open("name: n\ncommand: [a]\ntemplate: b {url}\n").is_err());
        assert!(open("name: n\ncommand: [a]\ncapabilities: [gzip]\n").is_err());
        assert!(open("name: n\ncommand: [a]\n").unwrap().exec().is_none());
    }

    #[test]
    fn the_certificate_is_filled_in_and_asked_for() {
        let folder = open("name: n\ncommand: [node, '--ca={ca}']\nenvironment: { CA: '{ca}' }\n").unwrap();
        assert!(folder.command().is_none() && folder.environment().is_none());
        let folder = folder.with_ca(Path::new("/tmp/ca.pem"));
        assert_eq!(folder.command().unwrap().1, ["--ca=/tmp/ca.pem"]);
        assert_eq!(folder.environment().unwrap(), [("CA", "/tmp/ca.pem".to_owned())]);
    }

    #[test]
    fn what_was_built_is_filled_in() {
        let cargo = r#"{"reason":"compiler-artifact","executable":"/built/adapter"}"#;
        let home = tempfile::tempdir().unwrap();
        let built = |step: &str| {
            let yaml = format!("name: n\nbuild: [echo, '{step}']\ncommand: ['{{built}}', --fast]\n");
            std::fs::write(home.path().join("client.yaml"), yaml).unwrap();
            Folder::open(home.path()).unwrap().built()
        };
        let command = built(cargo).unwrap().command().unwrap();
        assert_eq!(command, (PathBuf::from("/built/adapter"), vec!["--fast".to_owned()]));
        assert!(built("done").unwrap_err().to_string().contains("`echo done` named no program"));
    }

    #[test]
    fn faults_name_the_file_and_the_word() {
        for (yaml, word) in [
            ("name: n\ncommand: [a]\nhomepage: x\n", "homepage"),
            ("name: n\n", "command"),
            ("name: n\ncommand: []\n", "python3, adapter.py"),
            ("name: n\ncommand: [a]\nenvironment: { 'A=B': c }\n", "environment"),
            ("name: n\ncommand: ['{built}']\n", "`build` step"),
            ("name: n\ntemplate: a {url}\nbuild: [make]\n", "`build` goes with"),
            ("name: [", "line 1"),
        ] {
            let error = open(yaml).unwrap_err().to_string();
            assert!(error.contains("client.yaml") && error.contains(word), "{error}");
        }
        assert!(Folder::open(Path::new("/nowhere/at/all")).unwrap_err().to_string().contains("/nowhere"));
    }
}
