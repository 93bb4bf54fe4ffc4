"""Sends the mails that the gateway asks for, by SMTP or, without a mail server, into files."""
