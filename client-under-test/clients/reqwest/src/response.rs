//! A response as reqwest's caller is given it.

use reqwest::{Response, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wireproof_client::{
    adapter::{Clock, Step, Taken},
    job::{Call, Options, ReadAs},
    outcome::{CallResult, Error},
};

use crate::{errors, session::pass};

/// Shows the head of a response and takes its body as the call wants it.
pub(crate) async fn take(
    response: Response,
    call: &Call,
    options: &Options,
    clock: &mut Clock,
    result: &mut CallResult,
) -> reqwest::Result<()> {
    clock.head();
    show(&response, result);
    if options.status_errors == Some(true)
        && let Err(error) = response.error_for_status_ref()
    {
        result.error = Some(errors::of_status(&error));
    }
    match call.read.decoded {
        Some(ReadAs::Text) => result.text = Some(response.text().await?),
        Some(ReadAs::Json) => result.json = Some(response.json().await?),
        Some(ReadAs::Lines) | None => match &call.upgrade {
            Some(upgrade) if response.status() == 101 => {
                let mut connection = response.upgrade().await?;
                let switched = async {
                    connection.write_all(&upgrade.send.to_vec()).await?;
                    let mut read = Vec::new();
                    connection.take(upgrade.read).read_to_end(&mut read).await?;
                    std::io::Result::Ok(read)
                };
                match switched.await {
                    Ok(read) => result.upgraded = Some(read.into()),
                    Err(error) => result.error = Some(errors::of_switched(&error)),
                }
            }
            _ => read(response, call, clock, result).await?,
        },
    }
    Ok(())
}

fn show(response: &Response, result: &mut CallResult) {
    result.status = Some(response.status().as_u16());
    result.version = match response.version() {
        Version::HTTP_10 => Some("1.0".to_owned()),
        Version::HTTP_11 => Some("1.1".to_owned()),
        _ => None,
    };
    let lines = response.headers().iter();
    result.fields =
        Some(lines.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().into())).collect());
    result.url = Some(response.url().as_str().into());
}

async fn read(
    mut response: Response,
    call: &Call,
    clock: &mut Clock,
    result: &mut CallResult,
) -> reqwest::Result<()> {
    let mut taken = Taken::of(call);
    let end = loop {
        match taken.step() {
            Step::Take(_) => match response.chunk().await {
                Ok(None) => break Ok(()),
                Ok(Some(piece)) => {
                    clock.first();
                    taken.add(&piece);
                }
                Err(error) => break Err(error),
            },
            Step::Wait(wait) => pass(&wait).await,
            Step::Stop => {
                result.complete = Some(false);
                break Ok(());
            }
            Step::Cancel => {
                // By dropping the response.
                result.complete = Some(false);
                result.error = Some(Error::new(&["cancelled"], &["body"]));
                break Ok(());
            }
        }
    };
    result.body = Some(taken.seen());
    end
}
