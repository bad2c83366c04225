// A live connection. It asks for the next thing when the last is drawn, and comes back when it breaks.

const WRONG_TOKEN = 4401; // as in viewer_token.py
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 3000;

/** The token of the address, "" where it has none. */
export function token() {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

/** Keep a connection to `path` open until it is closed. `onPacket` gets ArrayBuffers, `onText` what comes as JSON,
 *  `onState` "live", "lost" or "token"; `ask()` is what is sent for the next packet. */
export function connect({ path, ask, onPacket, onText, onState }) {
  let wait = FIRST_WAIT_MS;
  let closed = false;
  let socket = null;
  let again = 0;

  function send(text) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(text);
  }

  function open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = (socket = new WebSocket(`${scheme}//${location.host}${path}?token=${encodeURIComponent(token())}`));
    opened.binaryType = "arraybuffer";
    opened.onopen = () => {
      wait = FIRST_WAIT_MS;
      onState("live");
      send(ask());
    };
    opened.onmessage = async (message) => {
      if (typeof message.data === "string") {
        onText(JSON.parse(message.data));
        return;
      }
      try {
        await onPacket(message.data);
      } finally {
        if (socket === opened) send(ask());
      }
    };
    opened.onclose = (event) => {
      if (closed) return;
      if (event.code === WRONG_TOKEN) {
        onState("token");
        return;
      }
      onState("lost");
      again = setTimeout(open, wait);
      wait = Math.min(wait * 1.6, LONGEST_WAIT_MS);
    };
  }

  open();
  return {
    send,
    close() {
      closed = true;
      clearTimeout(again);
      socket.close();
    },
  };
}
