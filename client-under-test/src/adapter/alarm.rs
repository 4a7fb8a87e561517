//! What happens while a call is being made.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use crate::job::Wait;

use super::pass;

/// Does something once a wait is over, on a thread of its own: for calls that are cancelled. Dropped before, it does
/// nothing any more.
#[derive(Debug)]
pub struct Alarm {
    armed: Arc<Mutex<bool>>,
    /// Ends a wait for time to pass.
    _off: Sender<()>,
}

impl Alarm {
    /// Starts the wait.
    pub fn set(wait: &Wait, then: impl FnOnce() + Send + 'static) -> Self {
        let (off, switched_off) = channel::<()>();
        let alarm = Self { armed: Arc::new(Mutex::new(true)), _off: off };
        let (armed, wait) = (Arc::clone(&alarm.armed), wait.clone());
        thread::spawn(move || {
            match wait {
                Wait::Ms(ms) => {
                    if switched_off.recv_timeout(Duration::from_millis(ms)) != Err(RecvTimeoutError::Timeout)
                    {
                        return;
                    }
                }
                Wait::Gate(_) => pass(&wait),
            }
            // Held while it is done, so that it is either over or will not happen once the alarm is dropped.
            if *armed.lock().unwrap_or_else(PoisonError::into_inner) {
                then();
            }
        });
        alarm
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn it_goes_off_once_the_gate_opens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (went_off, heard) = channel();
        let gate = Wait::Gate(listener.local_addr().unwrap().to_string());
        let alarm = Alarm::set(&gate, move || went_off.send(()).unwrap());
        let (gate, _) = listener.accept().unwrap();
        assert!(heard.try_recv().is_err());
        drop(gate);
        heard.recv().unwrap();
        drop(alarm);
    }

    #[test]
    fn dropped_it_does_nothing_and_its_thread_ends() {
        let (went_off, heard) = channel::<()>();
        drop(Alarm::set(&Wait::Ms(3_600_000), move || went_off.send(()).unwrap()));
        // The other end is dropped with the thread.
        assert!(heard.recv().is_err());
    }
}
