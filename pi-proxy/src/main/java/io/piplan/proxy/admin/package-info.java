/** What an operator sees of a running proxy: SHOW PI … and metrics. */
package io.piplan.proxy.admin;
