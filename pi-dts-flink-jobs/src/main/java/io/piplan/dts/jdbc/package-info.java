/** Database servers and how to connect to them. Imports the root package only. */
package io.piplan.dts.jdbc;
