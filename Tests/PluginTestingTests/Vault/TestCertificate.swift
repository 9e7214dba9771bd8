/// Certificates for `localhost` that sign themselves and are trusted by nobody but a test; made with `openssl req -x509`.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUJgV27ybtMQiCnyD5++tuw40wtmgwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA0NTY0MVoYDzIxMjYxMDMx
        MDQ1NjQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATQVghdGVd+udcIcgk/vokjTknlSB77IW9bmt3Tei+u0OjPqg9B7MxA
        WMvIkP9b9QY3Z85TFwO+89IdaYwrTyuOo28wbTAdBgNVHQ4EFgQU3P1OnAVl7Oct
        AIWg8GXh+icV+icwHwYDVR0jBBgwFoAU3P1OnAVl7OctAIWg8GXh+icV+icwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgKG4yqp/GoRCdlSi6aiSAQXgMGuKZlegeSUzMxsvpL80CIQCC
        6SBpe494LmZ8PTZoZcZLxcJOG0h93MskZTOHTwkF/g==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqYatRefL9qoJkcpa
        n8zs0ZQf0rtNs2KG/7EuF1R6rIehRANCAATQVghdGVd+udcIcgk/vokjTknlSB77
        IW9bmt3Tei+u0OjPqg9B7MxAWMvIkP9b9QY3Z85TFwO+89IdaYwrTyuO
        -----END PRIVATE KEY-----
        """

    /// Of the same name, from another key.
    static let other = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUNbFJbX7L3JCeYBPY46kCjgXEePgwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA0NTY0MVoYDzIxMjYxMDMx
        MDQ1NjQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAARWgqd2wOgBq2P0BOWfxDL9Q1Z4YHrmc5j5z4x0IMoAGkCcp8d2Wci1
        qIO9teXQAatXpFDc5VyEIV+ZBppXcJC9o28wbTAdBgNVHQ4EFgQUfPKr/80lP6hf
        UcEx9h4D34/y5S0wHwYDVR0jBBgwFoAUfPKr/80lP6hfUcEx9h4D34/y5S0wDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgSmolqnrvkwZCSVcjQFSyjgZjFy7BvWaHoMm0TPs7OHUCIQCn
        GdrqLlmp75drx4LkEBlk6Ivr7FDce28Bm/TUA/J1QQ==
        -----END CERTIFICATE-----
        """
}
