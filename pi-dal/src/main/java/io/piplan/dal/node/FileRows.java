package io.piplan.dal.node;

import java.util.function.LongUnaryOperator;

/**
 * Rows of a file that a node gets as a whole file.
 *
 * @param bytes as they came from the client
 * @param number the row's number in the client's file, given its number here, from 1
 */
public record FileRows(byte[] bytes, LongUnaryOperator number) {}
