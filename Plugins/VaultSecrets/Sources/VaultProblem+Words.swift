extension VaultProblem: CustomStringConvertible {
    /// What is so and what mends it.
    var description: String {
        switch self {
        case .unreachable, .tls, .timedOut, .cut, .answerTooLarge, .resting, .closed, .cancelled: wayWords
        case .notVault, .standby, .sealed, .uninitialised, .noLeader, .unavailable, .rateLimited, .upgrading: stateWords
        case .loginRefused, .noLoginMount, .wrappingRefused, .wrappedElsewhere, .credential: loginWords
        default: answerWords
        }
    }

    private var wayWords: String {
        switch self {
        case .unreachable(let reason): reason.description
        case .tls(let fault): fault.description
        case .timedOut: "no answer came within the deadline; look at Vault's load, or lengthen `deadline`"
        case .cut: "the connection broke before the answer was whole; look at Vault's log and at what lies between"
        case .answerTooLarge: "the answer is larger than \(VaultHTTP.maximumAnswerBytes) bytes; keep less in one path"
        case .resting(let last):
            "\(last) (so ended the last of several requests in a row; now none is sent until a probe in some seconds)"
        case .closed: "the connection to Vault was closed, as happens when settings are replaced or the process ends"
        default: "the request was cancelled"
        }
    }

    private var stateWords: String {
        switch self {
        case .notVault(let status):
            "what answers (status \(status)) is not Vault; check `address` and any proxy in front of it"
        case .standby:
            "this is a standby that does not forward, and redirects are not followed; "
                + "let `address` be the active node or a balancer that finds it"
        case .sealed: "Vault is sealed; unseal it with `vault operator unseal`"
        case .uninitialised: "Vault is not initialised; run `vault operator init` and unseal it"
        case .noLeader: "Vault has no active node now; look at `vault operator members` and at Vault's storage"
        case .unavailable(let status):
            "Vault, or a proxy in front of it, cannot serve now (status \(status)); see its log"
        case .rateLimited: "Vault's rate limit quota is used up; raise the quota, or lengthen `refresh`"
        default: "the engine is being upgraded to versions; wait until that is done"
        }
    }

    private var answerWords: String {
        switch self {
        case .forbidden:
            "Vault denies it: the token was revoked or has run out, or its policy does not allow this path; "
                + "see `vault token capabilities`"
        case .refused(let status): "Vault refuses the request (status \(status)); its audit log says why"
        case .noMount: "nothing is mounted there; check `mount` and `namespace` against `vault secrets list`"
        case .wrongEngineVersion(let expected):
            "the engine there is not version \(expected == .one ? 1 : 2); set `kv_version: \(expected == .one ? 2 : 1)`"
        case .noPath: "there is nothing at this path any more; write it again with `vault kv put`"
        case .noField: "the path has no such field any more; write it again with `vault kv patch`"
        case .deleted(let version):
            "version \(version) was deleted; bring it back with `vault kv undelete`, or write a new one"
        case .destroyed(let version): "version \(version) was destroyed and cannot come back; write a new one"
        default: "the value is not text; write it as a JSON string"
        }
    }

    private var loginWords: String {
        switch self {
        case .noLoginMount: "no login method is mounted there; check `auth.….mount` against `vault auth list`"
        case .wrappingRefused:
            "the wrapped secret id MAY HAVE BEEN STOLEN: its wrapping token was used by somebody else, or ran out; "
                + "find out who unwrapped it, destroy that secret id, and hand over a new one"
        case .wrappedElsewhere:
            "the wrapped secret id MAY HAVE BEEN STOLEN AND REPLACED: it was not made at `creation_path`; "
                + "it was not used; find out where it comes from, and hand over a new one"
        case .credential(let reason): reason
        default: "Vault refuses the login; check the role and whether its secret id or token has run out"
        }
    }
}

extension VaultProblem.Reason: CustomStringConvertible {
    var description: String {
        switch self {
        case .connectionRefused: "nothing listens at `address`; start Vault, or check host and port"
        case .unknownHost: "the host of `address` is not known; check it and the name server"
        case .noRoute: "the host of `address` cannot be reached; check the network between"
        case .slow: "no connection to `address` came about in time; check the network between and any firewall"
        }
    }
}

extension VaultProblem.TLSFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .untrustedCertificate:
            "TLS: Vault's certificate is not trusted: its issuer is not in `tls.ca_file` (or the system's store), "
                + "or it has run out"
        case .wrongName:
            "TLS: Vault's certificate carries another name than `address`; mend the certificate or set `tls.server_name`"
        case .handshake:
            "TLS: the handshake failed; check that `address` speaks TLS 1.2 or newer, and whether it wants a certificate "
                + "(`tls.certificate_file`)"
        }
    }
}
