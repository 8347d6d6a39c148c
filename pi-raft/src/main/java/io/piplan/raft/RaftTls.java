package io.piplan.raft;

import java.nio.file.Path;

/**
 * Certificates for what members say to each other; both sides show theirs.
 *
 * @param certificate PEM file with this member's chain, its own first
 * @param key PEM file with its private key, PKCS#8, no pass phrase
 * @param trusted PEM file with the authorities that members' certificates are signed by
 */
public record RaftTls(Path certificate, Path key, Path trusted) {}
