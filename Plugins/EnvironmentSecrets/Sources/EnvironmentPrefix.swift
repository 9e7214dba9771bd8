/// What a tenant's variables begin with: `GATEHOUSE_`, the slug in capitals with every hyphen doubled into `__`, and `_`.
///
/// Doubling keeps tenants apart: were a hyphen a single underscore, `GATEHOUSE_ACME_CORP_PEPPER` would belong to
/// `acme` and to `acme-corp` alike. As it is, a slug gives runs of an even number of underscores only and a name
/// begins with none, so the first run of an odd number after `GATEHOUSE_` is where the slug ends.
enum EnvironmentPrefix {
    static func of(tenantSlug slug: String) -> String {
        var prefix = Array("GATEHOUSE_".utf8)
        for byte in slug.utf8 {
            switch byte {
            case UInt8(ascii: "-"): prefix += "__".utf8
            case UInt8(ascii: "a")...UInt8(ascii: "z"): prefix.append(byte - (UInt8(ascii: "a") - UInt8(ascii: "A")))
            default: prefix.append(byte)
            }
        }
        return String(decoding: prefix + "_".utf8, as: UTF8.self)
    }
}
