//! SIP over TLS (RFC 3261 §26.3, RFC 5922) and MSRP over TLS (RFC 4975 §14), for the driver: rustls over a socket that does not block.

mod trust;

use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoClientAuth;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection};

use self::trust::Fingerprints;
use super::fingerprint;

/// One TLS connection. A `WouldBlock` means the same as without TLS.
pub struct Tls(Connection);

/// Certificates: whom we trust, and who we are.
pub struct Config {
    client: Option<Arc<ClientConfig>>,
    server: Option<Arc<ServerConfig>>,
    /// Our certificate with its chain, and its key.
    own: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    /// Asks clients for their certificates.
    msrp_server: Option<Arc<ServerConfig>>,
    /// The name in the server's certificate; without it, its address.
    name: Option<String>,
}

/// Files in PEM, as the user named them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// Certificates that sign those of servers.
    pub ca: Option<&'a Path>,
    /// Our certificate with its chain, and its key.
    pub certificate: Option<&'a Path>,
    pub key: Option<&'a Path>,
}

impl Config {
    /// # Errors
    /// When a file cannot be read, or holds no certificate or key.
    pub fn read(files: Files<'_>, name: Option<String>) -> io::Result<Config> {
        let invalid = |error: rustls::Error| io::Error::new(ErrorKind::InvalidData, error);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let own = match (files.certificate, files.key) {
            (Some(certificate), Some(key)) => Some((certificates(certificate)?, private_key(key)?)),
            _ => None,
        };
        let own = own.as_ref();
        let client = match files.ca {
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(ca)? {
                    roots.add(certificate).map_err(invalid)?;
                }
                let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
                let builder =
                    builder.with_safe_default_protocol_versions().map_err(invalid)?.with_root_certificates(roots);
                Some(Arc::new(match own {
                    Some((chain, key)) => {
                        builder.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(invalid)?
                    }
                    None => builder.with_no_client_auth(),
                }))
            }
            None => None,
        };
        let server = |verifier: Arc<dyn ClientCertVerifier>| {
            let Some((chain, key)) = own else { return Ok(None) };
            let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
            let builder = builder.with_safe_default_protocol_versions()?.with_client_cert_verifier(verifier);
            Ok(Some(Arc::new(builder.with_single_cert(chain.clone(), key.clone_key())?)))
        };
        let anyone = Fingerprints { provider: Arc::clone(&provider), told: None };
        let (sip, msrp) = (server(Arc::new(NoClientAuth)), server(Arc::new(anyone)));
        let own = own.map(|(chain, key)| (chain.clone(), key.clone_key()));
        Ok(Config { client, server: sip.map_err(invalid)?, own, msrp_server: msrp.map_err(invalid)?, name })
    }

    /// The fingerprint of our certificate.
    pub fn fingerprint(&self) -> Option<String> {
        self.own.as_ref().and_then(|(chain, _)| chain.first()).map(|certificate| fingerprint::of(certificate))
    }

    /// A connection that we open.
    pub fn client(&self, host: IpAddr) -> Option<Tls> {
        self.open(Arc::clone(self.client.as_ref()?), host)
    }

    /// An MSRP connection that we open. `told`: the fingerprints in the far end's SDP; without one its certificate is to be signed by
    /// whom we trust.
    pub fn msrp_client(&self, host: IpAddr, told: Vec<String>) -> Option<Tls> {
        if told.is_empty() {
            return self.client(host);
        }
        let (chain, key) = self.own.as_ref()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().ok()?.dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(Fingerprints { provider, told: Some(told) }));
        self.open(Arc::new(builder.with_client_auth_cert(chain.clone(), key.clone_key()).ok()?), host)
    }

    fn open(&self, config: Arc<ClientConfig>, host: IpAddr) -> Option<Tls> {
        let name = self.name.clone().and_then(|name| ServerName::try_from(name).ok());
        let connection = ClientConnection::new(config, name.unwrap_or(ServerName::from(host)));
        Some(Tls::new(connection.ok()?.into()))
    }

    /// A connection that we accept.
    pub fn server(&self) -> Option<Tls> {
        Some(Tls::new(ServerConnection::new(Arc::clone(self.server.as_ref()?)).ok()?.into()))
    }

    /// An MSRP connection that we accept.
    pub fn msrp_server(&self) -> Option<Tls> {
        Some(Tls::new(ServerConnection::new(Arc::clone(self.msrp_server.as_ref()?)).ok()?.into()))
    }
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let invalid = |error| io::Error::new(ErrorKind::InvalidData, format!("{}: {error}", path.display()));
    let list = CertificateDer::pem_file_iter(path).map_err(invalid)?;
    let list = list.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    match list.is_empty() {
        true => Err(io::Error::new(ErrorKind::InvalidData, format!("{}: no certificate", path.display()))),
        false => Ok(list),
    }
}

fn private_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    let invalid = |error| io::Error::new(ErrorKind::InvalidData, format!("{}: {error}", path.display()));
    PrivateKeyDer::from_pem_file(path).map_err(invalid)
}

impl Tls {
    fn new(mut connection: Connection) -> Tls {
        // The driver limits what waits.
        connection.set_buffer_limit(None);
        Tls(connection)
    }

    /// Nothing can be said yet.
    pub fn is_handshaking(&self) -> bool {
        self.0.is_handshaking()
    }

    /// The certificate that the far end has shown (DER).
    pub fn peer_certificate(&self) -> Option<Vec<u8>> {
        self.0.peer_certificates()?.first().map(|certificate| certificate.to_vec())
    }

    pub fn read(&mut self, stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Without a goodbye the connection is over all the same.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            if self.0.read_tls(stream)? == 0 {
                return Ok(0);
            }
            let processed = self.0.process_new_packets();
            // An alert, or the next words of the handshake.
            let _ = self.send(stream);
            processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, trust::words(&error)))?;
        }
    }

    /// Also takes the handshake on; empty `bytes` are only for that.
    pub fn write(&mut self, stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
        let len = self.0.writer().write(bytes)?;
        match self.send(stream) {
            // What was taken in is sent later.
            Err(error) if error.kind() == ErrorKind::WouldBlock && len > 0 => Ok(len),
            Err(error) => Err(error),
            Ok(()) => Ok(len),
        }
    }

    fn send(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.0.wants_write() {
            self.0.write_tls(stream)?;
        }
        Ok(())
    }
}
