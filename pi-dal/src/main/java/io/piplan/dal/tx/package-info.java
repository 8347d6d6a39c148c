/** Transactions over one or several nodes. */
package io.piplan.dal.tx;
