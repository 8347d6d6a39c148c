package io.piplan.dal.rules;

/**
 * Where ids of AUTO_INCREMENT columns come from.
 *
 * @param servers of PiLCS: {@code host:port}, several with commas between them
 * @param token a reference, as {@code env:LCS_TOKEN}, to what the servers ask for; empty for
 *     nothing
 */
public record SequenceServers(String servers, String token) {}
