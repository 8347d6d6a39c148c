/** Connections and pools to data nodes; runs statements on them. It knows no plans. */
package io.piplan.dal.node;
