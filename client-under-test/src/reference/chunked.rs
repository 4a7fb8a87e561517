//! The chunked transfer coding, both ways (RFC 9112 7.1). No sockets here.

use super::{
    error::{Class, Error, Phase, Result},
    fields::{Fields, trim},
    head::parse_trailers,
    policy::{BadChunkSize, Policy},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a chunk size line.
    Size,
    /// So many bytes of a chunk are to come.
    Data(u64),
    /// At the CRLF that ends a chunk.
    DataEnd,
    /// In the trailer section.
    Trailer,
    /// Behind all of it.
    Done,
}

/// A client without limits would keep all there is. This one stops where it has been seen to: well behind the 64 MiB that
/// cases allow.
const ENOUGH: usize = 96 << 20;

/// How far one step of decoding went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// So many bytes of input are done with.
    pub consumed: usize,
    /// So many bytes of content were put out.
    pub produced: usize,
}

/// A decoder that may be fed in any pieces.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    /// The line begun, or the trailer section.
    line: Vec<u8>,
    /// Where in it the last line of the trailer section begins.
    line_start: usize,
    trailers: Fields,
    /// Extensions that are to be handed over as content, which no conforming client does.
    shown: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            state: State::Size,
            line: Vec::new(),
            line_start: 0,
            trailers: Fields::default(),
            shown: Vec::new(),
        }
    }
}

impl Decoder {
    /// Whether the last chunk and the trailer section have been read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether an end of the connection here would fall between two chunks.
    pub fn is_between_chunks(&self) -> bool {
        self.state == State::Size && self.line.is_empty()
    }

    /// The trailer section, complete once all is done.
    pub fn take_trailers(&mut self) -> Fields {
        std::mem::take(&mut self.trailers)
    }

    /// Decodes as much as the input holds and the output takes; no more than one chunk, unless all of it fits.
    ///
    /// # Errors
    /// `malformed` where the coding is broken, `too-large` where a line or the trailer section is, in phase
    /// body.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8], policy: &Policy) -> Result<Step> {
        let mut step = Step::default();
        loop {
            let shown = self.shown.len().min(output.len() - step.produced);
            output[step.produced..step.produced + shown].copy_from_slice(&self.shown[..shown]);
            self.shown.drain(..shown);
            step.produced += shown;
            let rest = &input[step.consumed..];
            if rest.is_empty() || self.is_done() {
                return Ok(step);
            }
            match self.state {
                State::Size => step.consumed += self.size_line(rest, policy)?,
                State::Data(left) => {
                    let room = output.len() - step.produced;
                    let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len()).min(room);
                    if count == 0 {
                        return Ok(step);
                    }
                    output[step.produced..step.produced + count].copy_from_slice(&rest[..count]);
                    step.consumed += count;
                    step.produced += count;
                    let left = left - count as u64;
                    self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                }
                State::DataEnd => {
                    step.consumed += self.chunk_end(rest, policy)?;
                    if !policy.appends_chunks && step.produced > 0 {
                        return Ok(step);
                    }
                }
                State::Trailer => step.consumed += self.trailer(rest, policy)?,
                State::Done => return Ok(step),
            }
        }
    }

    fn size_line(&mut self, input: &[u8], policy: &Policy) -> Result<usize> {
        let Some(end) = input.iter().position(|&byte| byte == b'\n') else {
            if !policy.reads_chunk_size_in_pieces {
                return Err(malformed("chunk size line", input));
            }
            self.line.extend_from_slice(input);
            return self.check_line(policy).map(|()| input.len());
        };
        self.line.extend_from_slice(&input[..=end]);
        self.check_line(policy)?;
        let line = std::mem::take(&mut self.line);
        let ended = match line.strip_suffix(b"\r\n") {
            Some(ended) => ended,
            None if policy.demands_crlf_in_chunks => {
                return Err(malformed("chunk size line without CR", &line));
            }
            None => &line[..line.len() - 1],
        };
        if ended.contains(&b'\r') {
            return Err(malformed("CR in a chunk size line", &line));
        }
        self.state = match parse_size(ended, policy)? {
            Some(0) => State::Trailer,
            Some(size) => State::Data(size),
            None => State::Done,
        };
        if let Some(at) =
            ended.iter().position(|&byte| byte == b';').filter(|_| !policy.skips_chunk_extensions)
        {
            self.shown = ended[at..].to_vec();
        }
        Ok(end + 1)
    }

    fn check_line(&mut self, policy: &Policy) -> Result<()> {
        if self.line.len() > ENOUGH {
            self.line.truncate(1);
        }
        if self.line.len() <= policy.chunk_line_limit {
            return Ok(());
        }
        let text = format!("got more than {} bytes when reading chunk size", policy.chunk_line_limit);
        Err(Error::new(Class::TooLarge, Phase::Body, "LineTooLong", text))
    }

    /// The CRLF may come in two pieces: the CR is then kept in `line`.
    fn chunk_end(&mut self, input: &[u8], policy: &Policy) -> Result<usize> {
        let consumed = match (self.line.as_slice(), input) {
            ([], [b'\r', b'\n', ..]) => 2,
            (b"\r", [b'\n', ..]) => 1,
            ([], [b'\r']) => {
                self.line.push(b'\r');
                return Ok(1);
            }
            ([], [b'\n', ..]) if !policy.demands_crlf_in_chunks => 1,
            _ if !policy.demands_chunk_end => input.len().min(2 - self.line.len()),
            _ => return Err(malformed("chunk that does not end", input)),
        };
        self.line.clear();
        self.state = State::Size;
        Ok(consumed)
    }

    fn trailer(&mut self, input: &[u8], policy: &Policy) -> Result<usize> {
        let end = input.iter().position(|&byte| byte == b'\n').map_or(input.len(), |end| end + 1);
        self.line.extend_from_slice(&input[..end]);
        if policy.bounds_trailers {
            super::head::check_size(&self.line, self.line_start, policy.head_limit, policy)
                .map_err(in_body)?;
        } else if self.line.len() > ENOUGH {
            (self.line, self.line_start) = (input[..end].to_vec(), 0);
        }
        let line = &self.line[self.line_start..];
        if line == b"\n" && policy.demands_crlf_in_chunks {
            return Err(malformed("trailer section without CR", line));
        }
        if line == b"\r\n" || line == b"\n" {
            self.trailers = parse_trailers(&self.line, policy).map_err(in_body)?;
            self.state = State::Done;
        }
        if line.ends_with(b"\n") {
            self.line_start = self.line.len();
        }
        Ok(end)
    }
}

/// `None`: the body ends here, as it never should.
fn parse_size(line: &[u8], policy: &Policy) -> Result<Option<u64>> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, rest) = line.split_at(digits);
    let text = String::from_utf8_lossy(size);
    let followed = matches!(trim(rest), [] if rest.is_empty()) || trim(rest).starts_with(b";");
    if let (true, Ok(size)) = (followed, u64::from_str_radix(&text, policy.chunk_radix)) {
        return Ok(Some(size));
    }
    match policy.bad_chunk_size {
        BadChunkSize::Refuse => Err(malformed("chunk size", line)),
        BadChunkSize::EndBody => Ok(None),
        BadChunkSize::SkipPrefix => parse_behind(line, b"0x"),
        BadChunkSize::SkipSign => parse_behind(line, b"+"),
        BadChunkSize::Wrap => {
            let value = |digit: u8| char::from(digit).to_digit(16).map_or(0, u64::from);
            Ok(Some(size.iter().fold(0u64, |sum, digit| sum.wrapping_mul(16).wrapping_add(value(*digit)))))
        }
    }
}

fn parse_behind(line: &[u8], prefix: &[u8]) -> Result<Option<u64>> {
    let digits = line.strip_prefix(prefix).ok_or_else(|| malformed("chunk size", line))?;
    let size = u64::from_str_radix(&String::from_utf8_lossy(digits), 16);
    size.map(Some).map_err(|_| malformed("chunk size", line))
}

/// One chunk. Nothing for nothing: an empty chunk would end the content.
pub fn encode(piece: &[u8], output: &mut Vec<u8>, policy: &Policy) {
    if piece.is_empty() && policy.skips_empty_pieces {
        return;
    }
    let size =
        if policy.written_chunk_radix == 10 { piece.len().to_string() } else { format!("{:x}", piece.len()) };
    output.extend_from_slice(size.as_bytes());
    output.extend_from_slice(b"\r\n");
    output.extend_from_slice(piece);
    output.extend_from_slice(b"\r\n");
}

fn malformed(what: &str, bytes: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
    Error::malformed(Phase::Body, "IncompleteRead", format!("bad {what}: {shown:?}"))
}

fn in_body(error: Error) -> Error {
    Error { phase: Phase::Body, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(input: &[u8], piece: usize) -> Result<(Vec<u8>, Fields, bool)> {
        let policy = Policy::default();
        let mut decoder = Decoder::default();
        let mut content = Vec::new();
        for mut input in input.chunks(piece) {
            while !input.is_empty() && !decoder.is_done() {
                let mut output = [0; 7];
                let step = decoder.decode(input, &mut output, &policy)?;
                content.extend_from_slice(&output[..step.produced]);
                input = &input[step.consumed..];
            }
        }
        let done = decoder.is_done();
        Ok((content, decoder.take_trailers(), done))
    }

    #[test]
    fn every_spelling_in_every_piece() {
        let all: &[(&[u8], &[u8])] = &[
            (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
            (b"00005\r\nhello\r\n0000\r\n\r\n", b"hello"),
            (b"0A\r\nhellohello\r\n0\r\n\r\n", b"hellohello"),
            (b"5;name=value\r\nhello\r\n0;last\r\n\r\n", b"hello"),
            (b"5 ;a=\";\\\"x\"\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!"),
        ];
        for (input, content) in all {
            for piece in 1..=input.len() {
                let (seen, _, done) = decoded(input, piece).unwrap();
                assert_eq!((seen.as_slice(), done), (*content, true), "{input:?} by {piece}");
            }
        }
    }

    #[test]
    fn trailers_are_kept_apart() {
        let (content, trailers, done) = decoded(b"1\r\nx\r\n0\r\nA: 1\r\nB: 2\r\n\r\n", 3).unwrap();
        assert_eq!((content.as_slice(), done), (&b"x"[..], true));
        assert_eq!(trailers.first("b"), Some(&b"2"[..]));
    }

    #[test]
    fn what_is_broken_is_refused() {
        for input in [
            "\r\n",
            "ILLEGAL\r\n",
            "-1\r\n",
            "+5\r\nhello\r\n",
            "0x5\r\nhello\r\n",
            "10000000000000005\r\nhello\r\n",
            "5\nhello\r\n",
            "5 \r\nhello\r\n",
            "5\r\nhelloX\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5;a\rb\r\nhello\r\n",
            "0\r\nno colon\r\n\r\n",
        ] {
            assert_eq!(decoded(input.as_bytes(), 100).unwrap_err().class, Class::Malformed, "{input:?}");
        }
    }

    #[test]
    fn lines_are_bounded() {
        let endless = format!("5;{}", "a".repeat(20_000));
        assert_eq!(decoded(endless.as_bytes(), 1000).unwrap_err().class, Class::TooLarge);
    }

    #[test]
    fn pieces_become_chunks() {
        let mut output = Vec::new();
        encode(b"", &mut output, &Policy::default());
        encode(&[b'x'; 26], &mut output, &Policy::default());
        assert!(output.starts_with(b"1a\r\nxx") && output.ends_with(b"x\r\n"), "{output:?}");
    }
}
