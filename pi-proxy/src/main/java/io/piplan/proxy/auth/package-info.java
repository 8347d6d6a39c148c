/** Ways to log in as functions of (secret, nonce, answer): no network, no state. */
package io.piplan.proxy.auth;
