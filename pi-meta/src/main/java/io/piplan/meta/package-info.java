/**
 * Zones, who owns which ZSID, table rules, and the row version: what all parts of Pi Plan agree on.
 * Pure: no database, no network, no clock; Jackson only in {@link io.piplan.meta.JsonTree}, which
 * reads the document.
 */
package io.piplan.meta;
