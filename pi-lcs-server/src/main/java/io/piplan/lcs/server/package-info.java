/** The PiLCS server: {@link io.piplan.lcs.server.LcsServer}. docs/lcs.md says why it is right. */
package io.piplan.lcs.server;
