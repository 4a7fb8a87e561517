//! What the caller of a job does between its calls: waits, gates, sources that yield, pause and fail.

use std::{sync::Arc, time::Duration};

use crate::job::{Piece, Stream, Wait};

use super::{
    dial::Dialler,
    policy::Policy,
    request::{Source, SourceFault},
    timeouts::{Cancellation, Fault, Limits, Patience, Timers},
};

/// Waits as a job says.
pub(super) fn wait(wait: &Wait, patience: &Patience<'_>) -> Result<(), Fault> {
    match wait {
        Wait::Ms(ms) => patience.sleep(Duration::from_millis(*ms)),
        Wait::Gate(address) => pass_gate(address, patience),
    }
}

/// A gate is open once its connection ends; one that cannot be reached is open.
fn pass_gate(address: &str, patience: &Patience<'_>) -> Result<(), Fault> {
    let Some((host, port)) = address.rsplit_once(':') else { return Ok(()) };
    let Ok(port) = port.parse() else { return Ok(()) };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(mut gate) = Dialler::default().dial(host, port, &Policy::default(), patience) else {
        return patience.check();
    };
    loop {
        match gate.receive(&mut [0; 64], patience) {
            Ok(0) | Err(Fault::Io(_)) => return Ok(()),
            Ok(_) => {}
            Err(fault) => return Err(fault),
        }
    }
}

/// The stream of a job as a source.
pub(super) struct JobSource {
    stream: Stream,
    next: usize,
}

impl JobSource {
    /// From its beginning.
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, next: 0 }
    }
}

impl Source for JobSource {
    fn next(&mut self, patience: &Patience<'_>) -> Result<Option<Vec<u8>>, SourceFault> {
        loop {
            let piece = self.stream.stream.get(self.next);
            self.next += 1;
            match piece {
                None => return Ok(None),
                Some(Piece::Bytes(bytes)) => return Ok(Some(bytes.to_vec())),
                Some(Piece::Fail(text)) => return Err(SourceFault::Raised(text.clone())),
                Some(Piece::Wait(pause)) => wait(pause, patience).map_err(SourceFault::Fault)?,
            }
        }
    }

    fn restart(&mut self) -> bool {
        if self.stream.replay {
            self.next = 0;
        }
        self.next == 0
    }
}

/// Someone who gives up a call once a wait is over. Stops when the call is over first.
pub(super) struct Watch {
    stop: Arc<Cancellation>,
}

impl Watch {
    /// Starts to watch.
    pub(super) fn start<'scope>(
        scope: &'scope std::thread::Scope<'scope, '_>,
        until: &'scope Wait,
        then: impl FnOnce() + Send + 'scope,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(Cancellation::new()?);
        let timers = Timers::start(Limits::default(), Some(Arc::clone(&stop)), &Arc::default());
        scope.spawn(move || {
            if wait(until, &timers.anything()).is_ok() {
                then();
            }
        });
        Ok(Self { stop })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
