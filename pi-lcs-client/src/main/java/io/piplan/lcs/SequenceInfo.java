package io.piplan.lcs;

/**
 * A sequence as its leader knows it.
 *
 * @param next the number that would be given next, or a later one
 * @param limit numbers up to here are stored as given, and may be given without asking the others
 */
public record SequenceInfo(String name, SequencePolicy policy, long next, long limit) {}
