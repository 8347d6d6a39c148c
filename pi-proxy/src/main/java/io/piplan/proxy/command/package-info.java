/**
 * What a client asks for: a class for each COM_*, and what can be told of a statement from its
 * words without parsing it.
 */
package io.piplan.proxy.command;
