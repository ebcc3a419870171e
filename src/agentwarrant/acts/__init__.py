"""What a call does besides its class (``warrant.tool.acts``), each act judged by itself."""
