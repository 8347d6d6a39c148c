/** Rows of several shards → the rows of one result. Nothing but the root package is known here. */
package io.piplan.dal.merge;
