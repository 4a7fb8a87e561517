//! What clients do where a specification leaves it to them, and proof that every answer a survey lists is one that
//! somebody gives: a client whose profile is kept, or else a variant or a mutant of the reference client.
//!
//! ```text
//! surveys ─┬─ profiles of clients ─▶ who gives which answer ─┐
//!          └─ variants, mutants, for what no client answers ─┴─▶ Surveys ─▶ page, faults
//! ```
//!
//! A table is one question: its rows share their answers, and an answer that one row is given is given.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wireproof_client::mutants::{self, Mutant};
use wireproof_server::Suite;

use crate::{
    judge::UNLISTED,
    matrix::Mutants,
    plan::{Plan, Readiness},
    profile::{Profile, chance},
    run::{SERVER_THREADS, side_by_side},
    scenario::Level,
};

/// How many questions are put to mutants side by side: some wait for what never comes.
const SIDE_BY_SIDE: usize = 256;

/// All questions, and who answers how.
#[derive(Debug)]
pub struct Surveys {
    questions: Vec<Question>,
    /// Variants that give no answer which is not given without them.
    pub idle: Vec<&'static str>,
}

/// One survey as it was written: a case, or all rows of a table.
#[derive(Debug)]
struct Question {
    /// The page.
    file: String,
    /// Where it begins.
    line: usize,
    /// The ids of its rows, those that can be run.
    cases: Vec<String>,
    about: String,
    spec: String,
    /// In the order written.
    answers: Vec<Answer>,
    /// Clients that did none of it, and in which case.
    unlisted: Vec<(String, String)>,
}

/// One alternative of a survey.
#[derive(Debug)]
struct Answer {
    label: String,
    line: usize,
    /// Clients that give it, and in how many rows.
    clients: Vec<(String, usize)>,
    /// The first variant or mutant that gives it, looked for where no client does.
    mutant: Option<&'static str>,
}

impl Surveys {
    /// Gathers the answers of clients from their profiles, and asks mutants for those that no client gives.
    ///
    /// # Errors
    /// No servers could be started.
    pub fn of(plans: &[Plan], profiles: &[Profile]) -> io::Result<Self> {
        let mut surveys = Self { questions: questions(plans), idle: Vec::new() };
        for question in &mut surveys.questions {
            for profile in profiles {
                question.ask(profile);
            }
        }
        surveys.ask_mutants(plans)?;
        Ok(surveys)
    }

    fn ask_mutants(&mut self, plans: &[Plan]) -> io::Result<()> {
        let plans: BTreeMap<&str, &Plan> = plans.iter().map(|plan| (plan.id.as_str(), plan)).collect();
        let open: Vec<usize> =
            (0..self.questions.len()).filter(|&index| self.questions[index].is_open()).collect();
        let orders: Vec<Vec<&'static Mutant>> =
            self.questions.iter().map(|question| askable(question, plans.values().copied())).collect();
        let all = mutants::variants().iter().chain(mutants::all());
        let stands = Mutants::beside(&Arc::new(Suite::start(SERVER_THREADS)?), all);
        let search = Search::new(&self.questions);
        // Mutant by mutant, so that most questions are closed before most mutants have been asked.
        let most = orders.iter().map(Vec::len).max().unwrap_or_default();
        let rows =
            |&question: &usize| (0..self.questions[question].cases.len()).map(move |row| (question, row));
        let rows: Vec<(usize, usize)> = open.iter().flat_map(rows).collect();
        let runs =
            (0..most).flat_map(|mutant| rows.iter().map(move |&(question, row)| (mutant, question, row)));
        let give = |&(mutant, question, row): &(usize, usize, usize)| {
            if search.is_over(question, mutant) {
                return;
            }
            let plan = plans[self.questions[question].cases[row].as_str()];
            let verdict = stands.stand(orders[question][mutant].name).run(plan).verdict;
            if let Some(label) = verdict.label {
                search.found(question, &label, mutant);
            }
        };
        side_by_side(vec![(runs.collect(), SIDE_BY_SIDE)], give, |_, ()| {});
        search.enter(&mut self.questions, &orders);
        let given: BTreeSet<&str> = self.questions.iter().flat_map(Question::mutants).collect();
        self.idle = mutants::variants()
            .iter()
            .map(|variant| variant.name)
            .filter(|name| !given.contains(name))
            .collect();
        Ok(())
    }

    /// How many answers the surveys list.
    pub fn answers(&self) -> usize {
        self.questions.iter().map(|question| question.answers.len()).sum()
    }

    /// How many questions there are; a table is one.
    pub fn questions(&self) -> usize {
        self.questions.len()
    }

    /// Answers that nobody gives, what clients do that no answer says, and idle variants; a line each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for question in &self.questions {
            for answer in question.answers.iter().filter(|answer| answer.is_open()) {
                faults.push(format!(
                    "{}:{}: no client, variant or mutant does this: `{}`",
                    question.file, answer.line, answer.label
                ));
            }
            for (client, case) in &question.unlisted {
                faults.push(format!(
                    "{}:{}: no answer says what {client} does in {case}",
                    question.file, question.line
                ));
            }
        }
        for variant in &self.idle {
            faults.push(format!("{variant} gives no answer that is not given without it"));
        }
        faults
    }

    /// The page as it is kept in the repository.
    pub fn to_markdown(&self) -> String {
        let mut page = String::from(
            "# What clients do where it is left to them\n\n\
             Each survey, its answers, and who gives them: the bundled clients in the versions of their profiles, and,\n\
             where none of them does, a variant or a mutant of the reference client. Generated (`wireproof surveys --write`); do not\n\
             edit.\n",
        );
        let mut chapter = "";
        for question in &self.questions {
            let first = question.cases[0].as_str();
            let own = first.split('/').next().unwrap_or_default();
            if own != chapter {
                chapter = own;
                let _ = write!(page, "\n## {chapter}\n");
            }
            let rows = question.cases.len();
            let more = if rows > 1 { format!(" and {} more", rows - 1) } else { String::new() };
            let _ = write!(page, "\n**`{first}`**{more}: {} ({})\n\n", question.about, question.spec);
            for answer in &question.answers {
                let _ = writeln!(page, "- {}: {}", answer.label, answer.givers(rows));
            }
        }
        page
    }
}

impl Question {
    fn ask(&mut self, profile: &Profile) {
        for case in &self.cases {
            let Some(label) = profile.cases.get(case).and_then(|behaviour| behaviour.label.as_deref()) else {
                continue;
            };
            if label == UNLISTED {
                self.unlisted.push((profile.of.client.clone(), case.clone()));
            }
            let Some(answer) = self.answers.iter_mut().find(|answer| answer.label == label) else { continue };
            match answer.clients.last_mut().filter(|(client, _)| *client == profile.of.client) {
                Some((_, rows)) => *rows += 1,
                None => answer.clients.push((profile.of.client.clone(), 1)),
            }
        }
    }

    fn is_open(&self) -> bool {
        self.answers.iter().any(Answer::is_open)
    }

    /// Those that were found to give an answer.
    fn mutants(&self) -> impl Iterator<Item = &'static str> {
        self.answers.iter().filter_map(|answer| answer.mutant)
    }
}

impl Answer {
    fn is_open(&self) -> bool {
        self.clients.is_empty() && self.mutant.is_none()
    }

    /// Who gives it, of so many rows.
    fn givers(&self, rows: usize) -> String {
        let client = |(name, given): &(String, usize)| {
            if *given == rows { name.clone() } else { format!("{name} ({given})") }
        };
        match self.mutant {
            Some(mutant) => format!("`{mutant}`"),
            None => self.clients.iter().map(client).collect::<Vec<_>>().join(", "),
        }
    }
}

/// For each answer that no client gives: the first mutant found to give it.
///
/// Which one is found does not depend on who was quicker: a mutant is left out only where all answers are given by
/// mutants before it.
struct Search {
    /// By question and label.
    found: Vec<Vec<(String, AtomicUsize)>>,
}

/// Stands for no mutant yet.
const NONE: usize = usize::MAX;

impl Search {
    fn new(questions: &[Question]) -> Self {
        let open = |question: &Question| {
            let open = question.answers.iter().filter(|answer| answer.is_open());
            open.map(|answer| (answer.label.clone(), AtomicUsize::new(NONE))).collect()
        };
        Self { found: questions.iter().map(open).collect() }
    }

    fn is_over(&self, question: usize, mutant: usize) -> bool {
        self.found[question].iter().all(|(_, first)| first.load(Ordering::Relaxed) < mutant)
    }

    fn found(&self, question: usize, label: &str, mutant: usize) {
        if let Some((_, first)) = self.found[question].iter().find(|(open, _)| open == label) {
            first.fetch_min(mutant, Ordering::Relaxed);
        }
    }

    fn enter(self, questions: &mut [Question], orders: &[Vec<&'static Mutant>]) {
        for ((question, found), asked) in questions.iter_mut().zip(self.found).zip(orders) {
            for (label, first) in found {
                let mutant = asked.get(first.into_inner()).map(|mutant| mutant.name);
                if let Some(answer) = question.answers.iter_mut().find(|answer| answer.label == label) {
                    answer.mutant = mutant;
                }
            }
        }
    }
}

/// Who is asked what no client answers: first those that are made for it, then those that other cases of the page
/// name, whose theme is that of the question. Many of the rest only wait for what never comes.
fn askable<'a>(question: &Question, plans: impl Iterator<Item = &'a Plan>) -> Vec<&'static Mutant> {
    let named: BTreeSet<&str> = plans
        .filter(|plan| plan.file == question.file)
        .flat_map(|plan| plan.kills.iter().map(String::as_str))
        .collect();
    let (near, far): (Vec<_>, Vec<_>) = mutants::all().iter().partition(|mutant| named.contains(mutant.name));
    mutants::variants().iter().chain(near).chain(far).collect()
}

/// The surveys among some plans, rows of a table together, in the order of the pages.
fn questions(plans: &[Plan]) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    let asked = |plan: &&Plan| plan.level == Level::Survey && plan.readiness == Readiness::Ready;
    for plan in plans.iter().filter(asked).filter(|plan| chance::decides(&plan.id).is_none()) {
        match questions.last_mut().filter(|last| last.file == plan.file && last.line == plan.line) {
            Some(question) => question.enter(plan),
            None => {
                let mut question = Question::new(plan);
                question.enter(plan);
                questions.push(question);
            }
        }
    }
    questions
}

impl Question {
    fn new(plan: &Plan) -> Self {
        Self {
            file: plan.file.clone(),
            line: plan.line,
            cases: Vec::new(),
            about: plan.about.clone(),
            spec: plan.spec.clone(),
            answers: Vec::new(),
            unlisted: Vec::new(),
        }
    }

    fn enter(&mut self, row: &Plan) {
        self.cases.push(row.id.clone());
        for path in &row.expectations.paths {
            if !self.answers.iter().any(|answer| answer.label == path.label) {
                let label = path.label.clone();
                self.answers.push(Answer { label, line: path.line, clients: Vec::new(), mutant: None });
            }
        }
    }
}
