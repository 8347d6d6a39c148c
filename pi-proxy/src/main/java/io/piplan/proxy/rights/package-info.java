/** What a user may do, and whether a statement is that. */
package io.piplan.proxy.rights;
